"""A private web server for the page: loopback, this page's requests only, nothing loaded, nothing kept.

Gradio writes each upload to a file below GRADIO_TEMP_DIR. Here that is a folder of this process, in memory where
the system has such a place. The page deletes a file as soon as it has read it; the folder goes with the process.
"""

import os
import socket
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from subband.errors import InvalidInput, SubbandError
from subband.web.limits import MOST_BYTES

HOST = "127.0.0.1"
NAMES = ("127.0.0.1", "localhost", "::1")
MEMORY = Path("/dev/shm")

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)
"""Content security policy: the browser itself refuses to load anything from another host for this page."""

QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "GRADIO_SHARE": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}


def serve(load: Callable[[], Any], *, port: int, browser: bool, required: bool) -> None:
    """Serve the page until it is interrupted.

    Args:
        load: Gives the detector.
        port: On 127.0.0.1; 0 for any free one.
        browser: Whether to open the page.
        required: Whether a detector that can't be loaded ends the program; otherwise the page says why there is
            none, and does the rest.

    Raises:
        InvalidInput: the port is taken.
        SubbandError: the detector can't be loaded.
    """
    with closing(listening(port)) as listener, private_folder() as folder:
        os.environ.update(QUIET | {"GRADIO_TEMP_DIR": str(folder)})
        detector, lacks = None, ""
        try:
            detector = load()
        except SubbandError as error:
            if required:
                raise
            lacks = str(error)
        import torch
        import uvicorn

        from subband.web.page import page

        # A few crops gain little by a second thread, and wait long for it on a busy machine.
        torch.set_num_threads(1)
        config = uvicorn.Config(
            guarded(page(detector, lacks, folder), folder),
            log_level="warning",
            access_log=False,
            server_header=False,
        )
        address = f"http://{HOST}:{listener.getsockname()[1]}"
        print(f"The page is at {address} (Ctrl-C ends it)", flush=True)
        if lacks:
            print(f"subband: no detector, so the page judges by the file alone: {lacks}", file=sys.stderr)
        if browser:
            threading.Timer(1.0, webbrowser.open, (address,)).start()
        uvicorn.Server(config).run(sockets=[listener])


def listening(port: int) -> socket.socket:
    """A socket that listens on 127.0.0.1.

    Raises:
        InvalidInput: the port is taken, or needs other rights.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if sys.platform != "win32":  # there it would share a port that is taken
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(64)
    except OSError as error:
        listener.close()
        raise InvalidInput(
            f"can't listen on port {port}: {error.strerror}; give another with --port, or 0 for any free one"
        ) from error
    return listener


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder for uploads, of this process alone, in memory if possible; deleted in the end with all in it."""
    where = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(
        prefix=f"subband-app-{os.getpid()}-", dir=where, ignore_cleanup_errors=True
    ) as folder:
        tempfile.tempdir = folder  # the upload's parser writes here, before the file is moved
        try:
            yield Path(folder)
        finally:
            tempfile.tempdir = before


def guarded(app: Callable[..., Any], folder: Path) -> Callable[..., Any]:
    """An ASGI app that answers only its own page on this computer, and lets it load nothing from elsewhere.

    Another site that is open in the browser could otherwise talk to it: by a name that it points to 127.0.0.1
    (the host is checked), or by requests across origins (the origin is).

    An upload that is cut off leaves what came of it in `folder`: Gradio gives a file its place below only when it
    is complete. As soon as no upload is under way, such remains are deleted.
    """
    under_way = 0

    async def answer(scope: dict, receive: Callable, send: Callable) -> None:
        if scope["type"] not in ("http", "websocket"):
            await app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = refused(headers)
        if refusal is None:
            nonlocal under_way
            upload = scope.get("path", "").endswith("/upload")
            under_way += upload
            try:
                await app(scope, receive, _with_headers(send))
            finally:
                under_way -= upload
                if upload and not under_way:
                    _delete_remains(folder)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            status, text = refusal
            plain = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": status, "headers": plain})
            await send({"type": "http.response.body", "body": text.encode()})

    return answer


def refused(headers: dict[bytes, str]) -> tuple[int, str] | None:
    """Status and reason for which a request is refused; None if it is answered."""
    host = headers.get(b"host", "")
    if _hostname(f"//{host}") not in NAMES:
        return 403, "This page is for this computer only."
    origin = headers.get(b"origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return 403, "This page answers no other page."
    length = headers.get(b"content-length", "0")
    if length.isdigit() and int(length) > MOST_BYTES + 2**20:
        return 413, f"The file is too large: at most {MOST_BYTES >> 20} MiB."
    return None


def _delete_remains(folder: Path) -> None:
    for path in folder.glob("tmp*"):
        if path.is_file():
            path.unlink(missing_ok=True)


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _with_headers(send: Callable) -> Callable:
    more = [
        (b"content-security-policy", POLICY.encode()),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    names = {name for name, _ in more}

    async def forward(message: dict) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message.get("headers", []) if name.lower() not in names]
            message = message | {"headers": [*kept, *more]}
        await send(message)

    return forward
