"""Fetching what a person names: public addresses only, within limits. A loopback server stands in for the web."""

import ipaddress
import socket
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from subband.data.web import MOST_REDIRECTIONS, Limits, fetch, is_address, is_public
from subband.errors import UnreadableImage

LOOPBACK = Limits(seconds=5, permit=lambda address: address.is_loopback)
CONTENT = b"\x89PNG and more"


class Pages(BaseHTTPRequestHandler):
    """One page for each thing that a server may do."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def answer(self, status=200, content=CONTENT, **headers):
        self.send_response(status)
        headers = {"Content_Type": "image/png", "Content_Length": str(len(content))} | headers
        for name, value in headers.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self):
        getattr(self, self.path.strip("/").partition("?")[0].partition("/")[0].replace("-", "_"))()

    def image(self):
        self.server.asked.append((self.path, self.headers["Host"], self.headers["User-Agent"]))
        self.answer()

    def moved(self):
        self.answer(302, b"", Location="/image?from=moved")

    def loop(self):
        self.answer(301, b"", Location="/loop")

    def inside(self):
        self.answer(302, b"", Location="http://169.254.169.254/latest/meta-data/")

    def to_file(self):
        self.answer(302, b"", Location="file:///etc/passwd")

    def page(self):
        self.answer(Content_Type="text/html; charset=utf-8")

    def untyped(self):
        self.answer(Content_Type=None)

    def gone(self):
        self.answer(404)

    def declared(self):
        self.answer(Content_Length=str(10**12))

    def undeclared(self):
        self.close_connection = True
        self.answer(content=bytes(4096), Content_Length=None, Connection="close")

    def short(self):
        self.close_connection = True
        self.answer(Content_Length="999")

    def silent(self):
        time.sleep(120)
        self.close_connection = True
        self.server.finished.append("silent")

    def trickle(self):
        """A byte now and then, within each single wait but not within the whole limit."""
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(1200):
            try:
                self.wfile.write(b"x")
                self.wfile.flush()
            except OSError:
                return
            time.sleep(0.1)
        self.server.finished.append("trickle")

    def slow_header(self):
        self.close_connection = True
        for byte in b"HTTP/1.1 200 OK\r\nX: " + bytes(1200):
            try:
                self.wfile.write(bytes([byte]))
            except OSError:
                return
            time.sleep(0.1)
        self.server.finished.append("slow-header")


@pytest.fixture(scope="module")
def server():
    found = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    found.daemon_threads, found.asked, found.finished = True, [], []
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield found
    found.shutdown()


@pytest.fixture
def web(server):
    """Address of a page."""
    return lambda page: f"http://localhost:{server.server_address[1]}/{page}"


def reason(url, limits=LOOPBACK):
    with pytest.raises(UnreadableImage) as caught:
        fetch(url, limits)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(url[:20])
    return caught.value.reason


def test_an_image_is_fetched_and_redirections_are_followed(web, server):
    assert fetch(web("image?a=é b"), LOOPBACK) == CONTENT
    path, host, agent = server.asked[-1]
    assert path == "/image?a=%C3%A9%20b"
    assert host == f"localhost:{server.server_address[1]}"
    assert agent.startswith("subband/")
    assert fetch(web("moved"), LOOPBACK) == CONTENT
    assert server.asked[-1][0] == "/image?from=moved"
    assert fetch(web("untyped"), LOOPBACK) == CONTENT


def test_loopback_is_refused_by_default(web, server):
    before = len(server.asked)
    for url in (
        web("image"),
        web("image").replace("localhost", "127.0.0.1"),
        "http://[::1]:9/",
        "http://0.0.0.0/",
    ):
        assert "not a public address" in reason(url, None)
    assert len(server.asked) == before


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1", "172.16.9.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "127.1.2.3",
        "224.0.0.1", "255.255.255.255", "240.0.0.1", "[fe80::1]", "[fc00::1]", "[::ffff:10.0.0.1]",
        "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[ff02::1]", "2130706433", "0x7f.1",
        "0177.0.0.1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_refused(host):
    """Also in the spellings that resolvers accept."""
    assert "not a public address" in reason(f"http://{host}/a.png", Limits(seconds=2))


def test_public_addresses_are_public():
    for text in ("1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"):
        assert is_public(ipaddress.ip_address(text))


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch):
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("1.1.1.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *words, **options: entries)
    assert "is 10.0.0.1, not a public address" in reason("http://mixed.example/", Limits(seconds=2))


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch, web, server):
    """A name that resolves to something else a moment later reaches nothing: it is resolved once."""
    asked = []
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *words, **options: asked.append(words) or resolve(*words, **options)
    )
    assert fetch(web("image"), LOOPBACK) == CONTENT
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("inside", "is 169.254.169.254, not a public address"),
        ("to-file", "only http and https"),
        ("loop", f"more than {MOST_REDIRECTIONS} redirections"),
        ("page", "the server sends text/html, not an image"),
        ("gone", "the server answers 404"),
        ("declared", "too large"),
        ("short", "the connection ended after 13 of 999 bytes"),
    ],
)
def test_what_a_server_may_do_is_one_reason(web, page, says):
    assert says in reason(web(page))


def test_an_image_without_a_length_is_limited_too(web):
    assert len(fetch(web("undeclared"), LOOPBACK)) == 4096
    assert "more than" in reason(web("undeclared"), replace(LOOPBACK, bytes=2000))


@pytest.mark.parametrize("page", ["silent", "trickle", "slow-header"])
def test_all_of_it_has_one_time_limit(web, server, page):
    assert reason(web(page), replace(LOOPBACK, seconds=0.5)) == "no complete answer within 0.5 s"
    assert page not in server.finished  # which takes two minutes


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://example.org/a.png", "only http and https"),
        ("http:///a.png", "no host"),
        ("http://user:secret@example.org/", "user name"),
        ("http://example.org:99999/", ""),
        ("http://[bad/", ""),
        ("http://nowhere.invalid/", ""),
    ],
)
def test_addresses_that_are_none(url, says):
    assert says in reason(url, Limits(seconds=3))


def test_words_that_are_addresses():
    assert is_address("https://example.org/a.png")
    assert is_address("HTTP://EXAMPLE.ORG")
    assert not is_address("http.png")
    assert not is_address("ftp://example.org/a.png")
