#!/bin/sh
# PostgreSQL in its container. The first time it makes the cluster, with setup.sql and the role's password from
# the secret `database_password`; it has its place only once all of that is done. Later it only starts.
set -eu
bin=$(echo /usr/lib/postgresql/*/bin) place=/var/lib/postgresql/data
data=$place/cluster new=$place/new
if [ ! -d "$data" ]; then
    rm -rf "$new"
    "$bin/initdb" --pgdata="$new" --encoding=UTF8 --auth-local=peer --auth-host=scram-sha-256 >/dev/null
    echo "host finetouch finetouch 10.20.0.0/24 scram-sha-256" >> "$new/pg_hba.conf"
    "$bin/pg_ctl" --pgdata="$new" --wait --options="-c listen_addresses= -k /tmp" start >/dev/null
    psql="psql --quiet --set=ON_ERROR_STOP=1 --host=/tmp --dbname=postgres"
    $psql --file=/opt/postgresql/setup.sql
    $psql --set=password="$(cat /run/secrets/database_password)" <<'SQL'
ALTER ROLE finetouch PASSWORD :'password';
SQL
    "$bin/pg_ctl" --pgdata="$new" --wait --mode=fast stop >/dev/null
    mv "$new" "$data"
fi
exec "$bin/postgres" -D "$data" -k /tmp -c listen_addresses='*'
