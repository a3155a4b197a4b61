"""Fetching an image from an address that the user named: http and https, public addresses only, within limits.

The name is resolved once, every address that it has is checked, and the connection goes to a checked one: a
name that resolves to a private address, at first or a moment later, reaches nothing. Each redirection is
checked like the first address. Proxies of the environment are not used: they resolve names by themselves.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from subband._version import __version__
from subband.errors import UnreadableImage
from subband.runs.names import printable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MOST_BYTES = 64 * 2**20
MOST_SECONDS = 30.0
MOST_REDIRECTIONS = 5
PIECE = 64 * 2**10  # bytes read at once
TYPES = ("image/", "application/octet-stream", "binary/octet-stream")

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_SLOW = "no complete answer within {:g} s"
_REDIRECTIONS = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Limits:
    """Limits of a download.

    Attributes:
        bytes: most bytes of an image.
        seconds: most time for all of it, redirections included.
        permit: whether an address may be connected to; tests permit loopback.
    """

    bytes: int = MOST_BYTES
    seconds: float = MOST_SECONDS
    permit: Callable[[Address], bool] = lambda address: is_public(address)


def is_address(word: str) -> bool:
    """Whether a word is meant as an address of the web: "https://…" or "http://…"."""
    return word[:8].lower().startswith(("http://", "https://"))


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet.

    Loopback, private, link-local (where clouds keep their metadata), shared, multicast and reserved addresses
    are not; IPv4 addresses inside IPv6 ones are judged as themselves.
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def fetch(url: str, limits: Limits | None = None) -> bytes:
    """Download an image.

    Args:
        url: "http://…" or "https://…"; certificates are verified.
        limits: see `Limits`.

    Raises:
        UnreadableImage: another scheme, an address that is not public, too many redirections, too large, too
            slow, no image by its Content-Type, or a failure of the network. The message is one line, "url:
            reason".
    """
    limits = limits or Limits()
    end, there = time.monotonic() + limits.seconds, url
    try:
        for _ in range(MOST_REDIRECTIONS + 1):
            found = _request(_checked(there), limits, end)
            if isinstance(found, bytes):
                return found
            there = urljoin(there, found)
        raise _Refused(f"more than {MOST_REDIRECTIONS} redirections")
    except _Refused as error:
        reason = str(error)
    except TimeoutError:
        reason = _SLOW.format(limits.seconds)
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = time.monotonic() >= end
        reason = _SLOW.format(limits.seconds) if late else str(getattr(error, "strerror", None) or error)
    raise UnreadableImage(f"{printable(url)}: {reason}", reason)


class _Refused(Exception):
    """Why an address is not fetched."""


def _checked(url: str) -> SplitResult:
    """Parts of an address that may be asked for."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise _Refused(f"only http and https addresses are fetched, not {printable(parts.scheme)}")
    if not parts.hostname:
        raise _Refused("the address has no host")
    if parts.username is not None or parts.password is not None:
        raise _Refused(
            "addresses with a user name or password are not fetched: download the file, and give it"
        )
    return parts


def _request(parts: SplitResult, limits: Limits, end: float) -> bytes | str:
    """One request: the image, or where it redirects to."""
    host = parts.hostname or ""
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    connection = http.client.HTTPConnection(host, port)
    link = _connected(host, port, limits, end)
    # A server that sends a byte now and then would outlast any limit on a single wait.
    watchdog = threading.Timer(_left(end), lambda: _shut(link))
    watchdog.daemon = True
    watchdog.start()
    try:
        if secure:
            link = ssl.create_default_context().wrap_socket(link, server_hostname=host)
        connection.sock = link
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"User-Agent": f"subband/{__version__}", "Accept": "image/*", "Accept-Encoding": "identity"}
        if parts.port is None:
            headers["Host"] = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii")
        connection.request("GET", _escaped(path), headers=headers)
        response = connection.getresponse()
        if response.status in _REDIRECTIONS and (to := response.getheader("Location")):
            return to
        if response.status != 200:
            raise _Refused(f"the server answers {response.status} {printable(response.reason)}".rstrip())
        return _body(response, limits, end)
    finally:
        watchdog.cancel()
        connection.close()
        link.close()


def _connected(host: str, port: int, limits: Limits, end: float) -> socket.socket:
    """A connection to a permitted address of a host; every address of it must be permitted."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    refused = [address for address in addresses if not limits.permit(address)]
    if refused or not addresses:
        raise _Refused(
            f"{printable(host)} is {refused[0] if refused else 'nowhere'}, not a public address: local and private "
            "ones are never fetched; download the file, and give it"
        )
    trouble: OSError | None = None
    for entry in found:
        connection = socket.socket(entry[0], entry[1])
        try:
            connection.settimeout(_left(end))
            connection.connect(entry[4])
            return connection
        except OSError as error:
            connection.close()
            trouble = error
    raise trouble or OSError("no address answers")


def _body(response: http.client.HTTPResponse, limits: Limits, end: float) -> bytes:
    kind = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    if kind and not kind.startswith(TYPES):
        raise _Refused(f"the server sends {printable(kind)}, not an image")
    length = response.getheader("Content-Length") or ""
    if length.isdecimal() and int(length) > limits.bytes:
        raise _Refused(
            f"the image is too large: {_megabytes(int(length))}, at most {_megabytes(limits.bytes)}"
        )
    parts, size = [], 0
    while True:
        _left(end)
        piece = response.read1(PIECE)  # returns what has come, so that a trickle can't outlast the limit
        if not piece:
            break
        parts.append(piece)
        size += len(piece)
        if size > limits.bytes:
            raise _Refused(f"the image is too large: more than {_megabytes(limits.bytes)}")
    if length.isdecimal() and size < int(length):
        _left(end)  # the watchdog ends a connection like a server that hangs up
        raise _Refused(f"the connection ended after {size} of {length} bytes")
    return b"".join(parts)


def _shut(link: socket.socket) -> None:
    """End a connection that another thread waits for."""
    with suppress(OSError):
        link.shutdown(socket.SHUT_RDWR)


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _escaped(path: str) -> str:
    """A path as a request may hold it: other characters percent-encoded, escapes kept."""
    from urllib.parse import quote

    return quote(path, safe="/%:?#[]@!$&'()*+,;=~-._")


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.3g} MB"
