#!/bin/sh
# hosts.sh down|up ADDRESS [FILE]: nginx sends no new requests to a host any more, or does again. On the
# machine of nginx; requests under way are answered. Refuses to take the last host away.
set -eu
step=$1 address=$2 file=${3:-/etc/nginx/finetouch-hosts.conf}
grep -q "^ *server $address[ :;]" "$file" || { echo "$file names no host $address" >&2; exit 1; }
case $step in
    up) change="/^ *server $address[ :;]/s/ down;/;/" ;;
    down)
        grep "^ *server " "$file" | grep -v "server $address[ :;]" | grep -qv " down;" ||
            { echo "$address is the last host" >&2; exit 1; }
        change="/^ *server $address[ :;]/{/ down;/!s/;/ down;/;}" ;;
    *) echo "hosts.sh down|up ADDRESS [FILE]" >&2; exit 1 ;;
esac
# Written over and not replaced: a container has the very file mounted.
changed=$(sed "$change" "$file")
printf '%s\n' "$changed" > "$file"
${RELOAD:-nginx -s reload}
