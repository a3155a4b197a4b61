"""The server answers this computer's own page only, and keeps nothing."""

import asyncio
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from subband.errors import CheckpointError, InvalidInput, MissingDependency
from subband.web import command, server


def asked(headers: dict[str, str], kind: str = "http") -> list[dict]:
    """What a guarded app sends for a request with these headers."""
    sent: list[dict] = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"Cache-Control", b"public")]})
        await send({"type": "http.response.body", "body": b"page"})

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "headers": [(k.encode(), v.encode()) for k, v in headers.items()]}
    asyncio.run(server.guarded(app, Path("nowhere"))(scope, None, send))
    return sent


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "localhost", "[::1]:80"])
def test_its_own_names_are_answered(host):
    start, body = asked({"host": host, "origin": f"http://{host}"})
    assert (start["status"], body["body"]) == (200, b"page")
    sent = {name.lower(): value for name, value in start["headers"]}
    assert b"default-src 'self'" in sent[b"content-security-policy"]
    assert b"http" not in sent[b"content-security-policy"]
    assert sent[b"cache-control"] == b"no-store"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 403),
        ({"host": "127.0.0.1.evil.example:7860"}, 403),
        ({"host": "192.168.0.2:7860"}, 403),
        ({"host": "[::1"}, 403),
        ({}, 403),
        ({"host": "127.0.0.1:7860", "origin": "https://evil.example"}, 403),
        ({"host": "127.0.0.1:7860", "origin": "http://127.0.0.1:8000"}, 403),
        ({"host": "127.0.0.1:7860", "origin": "null"}, 403),
        ({"host": "127.0.0.1:7860", "content-length": str(10**9)}, 413),
    ],
)
def test_others_are_refused(headers, status):
    start, body = asked(headers)
    assert start["status"] == status
    assert body["body"] != b"page"
    assert asked(headers, "websocket") == [{"type": "websocket.close", "code": 1008}]


def test_what_a_broken_upload_leaves_is_deleted_when_no_other_is_under_way(tmp_path):
    waiting, seen = asyncio.Event(), []

    async def app(scope, receive, send):
        (tmp_path / f"tmp{scope['name']}").write_bytes(b"part of a picture")
        if scope["name"] == "slow":
            await waiting.wait()
        raise ConnectionError("the browser has gone")

    async def uploads() -> None:
        guarded = server.guarded(app, tmp_path)
        scope = {"type": "http", "path": "/gradio_api/upload", "headers": [(b"host", b"localhost")]}
        slow = asyncio.create_task(guarded(scope | {"name": "slow"}, None, None))
        await asyncio.sleep(0)
        with pytest.raises(ConnectionError):
            await guarded(scope | {"name": "quick"}, None, None)
        seen.append(sorted(path.name for path in tmp_path.iterdir()))
        waiting.set()
        with pytest.raises(ConnectionError):
            await slow

    (tmp_path / "0123").mkdir()
    asyncio.run(uploads())
    assert seen == [["0123", "tmpquick", "tmpslow"]]  # the slow one still needs its own
    assert [path.name for path in tmp_path.iterdir()] == ["0123"]


def test_only_this_computer_can_connect():
    with server.listening(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_a_port_that_is_taken_is_named():
    with server.listening(0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(InvalidInput, match=f"port {port}.*--port"):
            server.listening(port)
    with server.listening(port):
        pass


def test_the_folder_of_uploads_goes_with_all_in_it():
    before = tempfile.gettempdir()
    with server.private_folder() as folder:
        assert tempfile.gettempdir() == str(folder)
        assert folder.stat().st_mode & 0o077 == 0
        (folder / "a").mkdir()
        (folder / "a" / "b.png").write_bytes(b"x")
    assert not folder.exists()
    assert tempfile.gettempdir() == before


def program(load) -> typer.Typer:
    found = typer.Typer()
    found.command("other")(lambda: None)
    command.add_app(found, load)
    return found


def test_a_missing_extra_is_one_sentence(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match=r"gradio: pip install 'subband\[web\]'"):
        command.check_installed()
    result = CliRunner().invoke(program(None), ["app"])
    assert isinstance(result.exception, MissingDependency)


def test_a_detector_that_was_named_must_be_there():
    def load(model):
        raise CheckpointError(f"no detector in {model}")

    result = CliRunner().invoke(program(load), ["app", "--model", "nowhere", "--port", "0", "--no-browser"])
    assert isinstance(result.exception, CheckpointError)


def test_the_program_has_the_command_and_its_help_loads_nothing_heavy():
    code = (
        "import sys; sys.argv = ['subband', 'app', '--help']\n"
        "from subband.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'gradio', 'fastapi', 'torch', 'numpy', 'PIL'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert "--no-browser" in result.stdout, result.stderr
    assert "--port" in result.stdout
    assert result.stdout.rstrip().endswith("[]"), result.stdout[-300:]


def test_a_taken_port_is_one_line_of_the_program():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        words = [
            sys.executable,
            "-m",
            "subband",
            "app",
            "--no-browser",
            "--port",
            str(taken.getsockname()[1]),
        ]
        result = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "--port" in result.stderr


def test_nothing_of_the_page_is_a_package_file_that_is_missing():
    folder = Path(server.__file__).parent
    assert (folder / "page.css").is_file()
    assert (folder / "fragments.html.j2").is_file()
