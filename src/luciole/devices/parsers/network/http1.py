"""The first lines of unencrypted web requests: method and server, never an address below it, a header or a body.

So a page that a request came from, or one to which an answer leads on, is no place: a server that is then asked shows
itself in a connection of its own.
"""

from __future__ import annotations

from typing import NamedTuple

METHODS = (b"GET ", b"POST ", b"PUT ", b"HEAD ", b"PATCH ", b"DELETE ", b"OPTIONS ", b"CONNECT ")
SENDING = frozenset({"POST", "PUT", "PATCH"})
_MOST_HEAD = 16_384
_LONGEST_HOST = 255


class Asked(NamedTuple):
    """method: GET, POST …; host: lower case without port, empty where the request names none; whole: all was read;
    beside: the host of the Host line where the request goes to another one."""  # noqa: D205, D209 - a list of fields

    method: str
    host: str
    port: int
    whole: bool
    beside: str = ""


def looks_like(data: bytes) -> bool:
    """Whether a stream begins like a request, as far as it is there."""
    return any(data[: len(method)] == method[: len(data)] for method in METHODS) if data else False


def request(data: bytes) -> Asked | None:
    """The method and the server of the request at the start of `data`; None for anything else (RFC 9112, 3.2)."""
    head, ended, _ = data[:_MOST_HEAD].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    parts = lines[0].split(b" ")
    if len(parts) < 3 or parts[0] + b" " not in METHODS or not parts[-1].startswith(b"HTTP/1."):  # noqa: PLR2004 - a request line
        return None if b"\r\n" in data or not looks_like(data) else Asked("", "", 0, whole=False)
    method = parts[0].decode("ascii")
    named = b""
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if colon and name.lower() == b"host":
            named = value.strip()
            break
    beside = _split(named)[0]
    if method == "CONNECT":
        named = parts[1]
    elif parts[1][:7].lower() == b"http://":
        named = parts[1][7:].partition(b"/")[0].rpartition(b"@")[2]
    host, port = _split(named)
    return Asked(method, host, port, whole=bool(ended) or bool(host), beside="" if beside == host else beside)


def _split(named: bytes) -> tuple[str, int]:
    """Host and port (0 where none is told) of a Host line."""
    if len(named) > _LONGEST_HOST:
        return "", 0
    text = named.decode("ascii", "backslashreplace").lower()
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = text.partition(":")
    return host.rstrip("."), int(port) if port.isdigit() and len(port) <= 5 else 0  # noqa: PLR2004 - digits of a port
