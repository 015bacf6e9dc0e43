"""Whether the body of a POST is what a browser sends for one of the site's forms. Pure: bytes in, a verdict
out."""

import codecs
import re
from email.parser import BytesHeaderParser
from email.policy import HTTP
from urllib.parse import unquote_to_bytes

URL_ENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MAX_FIELDS = 100
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")


class MalformedBody(ValueError):
    """No browser sends this."""


def check(
    content_type: str, parameters: dict[str, str], body: bytes, repeated: frozenset[str] = frozenset()
) -> None:
    """Raises MalformedBody unless `body` holds up to 100 fields of clean UTF-8, each once but for the
    `repeated`."""
    if not _is_utf8(parameters.get("charset", "utf-8")):
        raise MalformedBody("charset")
    if content_type == MULTIPART:
        names = _multipart_names(parameters.get("boundary", ""), body)
    else:
        names = _url_encoded_names(body)
    if len(names) > MAX_FIELDS:
        raise MalformedBody("too many fields")
    once = [name for name in names if name not in repeated]
    if len(once) != len(set(once)):
        raise MalformedBody("repeated field")


def _is_utf8(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name in {"utf-8", "ascii"}
    except (LookupError, ValueError):
        return False


def _clean(raw: bytes) -> str:
    """`raw` as text. UTF-8 in the strict sense, so that lone surrogates and UTF-16 fail, and without NUL."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedBody("encoding") from error
    if "\0" in text:
        raise MalformedBody("NUL")
    return text


def _url_encoded_names(body: bytes) -> list[str]:
    names = []
    for pair in body.split(b"&"):
        if pair:
            name, _, value = pair.replace(b"+", b" ").partition(b"=")
            names.append(_clean(unquote_to_bytes(name)))
            _clean(unquote_to_bytes(value))
    return names


def _multipart_names(boundary: str, body: bytes) -> list[str]:
    """The names of the parts, none of them a file, the last boundary in its place."""
    if not _BOUNDARY.fullmatch(boundary):
        raise MalformedBody("boundary")
    first, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("ascii"))
    if first.strip() or not parts or parts.pop().rstrip() != b"--":
        raise MalformedBody("truncated")
    return [_part_name(part) for part in parts]


def _part_name(part: bytes) -> str:
    head, separator, content = part.partition(b"\r\n\r\n")
    if not separator or not head.startswith(b"\r\n"):
        raise MalformedBody("part")
    _clean(content)
    headers = BytesHeaderParser(policy=HTTP).parsebytes(_clean(head).strip().encode() + b"\r\n\r\n")
    name = headers.get_param("name", header="content-disposition")
    if headers.get_content_disposition() != "form-data" or not isinstance(name, str):
        raise MalformedBody("part without a name")
    if "filename" in dict(headers.get_params(failobj=[], header="content-disposition")):
        raise MalformedBody("file")
    if headers.get("content-transfer-encoding", "8bit").lower() not in {"7bit", "8bit", "binary"}:
        raise MalformedBody("transfer encoding")
    if not _is_utf8(str(headers.get_param("charset", "utf-8"))):
        raise MalformedBody("charset")
    return name
