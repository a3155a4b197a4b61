"""A click path in headless Chromium: judge, compare, explore; nothing from the network, nothing kept on disk."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("playwright.sync_api", reason="the click path needs playwright")

from playwright.sync_api import expect, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed on this machine"),
]
WAIT = 120_000  # milliseconds
expect.set_options(timeout=WAIT)
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def work(tmp_path_factory, detector, noise) -> Path:
    """A work folder with a detector and pictures, one of which has a name to be escaped."""
    folder = tmp_path_factory.mktemp("work")
    detector.save(folder / "runs" / "mine" / "detector")
    Image.fromarray(noise).save(folder / "a.png")
    Image.fromarray(np.roll(noise, 9, 0)).save(folder / "<img src=x onerror=alert(1)>.png")
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


@pytest.fixture(scope="module")
def served(work) -> Iterator[tuple[str, int]]:
    """Address of the page, and its process."""
    script = Path(__file__).with_name("offline.py")
    words = [sys.executable, str(script), str(work / "hosts.log"), "app", "--no-browser", "--port", "0"]
    words += ["--model", "runs/mine"]  # not the one in the package, for which the pictures are too small
    process = subprocess.Popen(words, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, line + process.stdout.read()
        yield found[0], process.pid
        assert uploads(process.pid), "the folder of uploads is where the test looks"
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        assert uploads(process.pid) == []
        assert (work / "hosts.log").read_text() == "", "the program tried to reach other hosts"
    finally:
        process.kill()


def uploads(pid: int) -> list[Path]:
    """The folders of uploads of a process."""
    places = ("/dev/shm", os.environ.get("TMPDIR", "/tmp"))
    return [folder for place in places for folder in Path(place).glob(f"subband-app-{pid}-*")]


def files(pid: int) -> list[Path]:
    return [path for folder in uploads(pid) for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as found:
        running = found.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(params=[("desktop", "light"), ("desktop", "dark"), ("phone", "light")], ids="-".join)
def page(request, browser, served):
    """The page, opened; in the end it has asked no other host for anything, and nothing failed in it."""
    size, colours = request.param
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=colours, is_mobile=size == "phone"
    )
    opened, hosts, failures = context.new_page(), set(), []
    opened.set_default_timeout(WAIT)
    opened.on("request", lambda asked: hosts.add(urlsplit(asked.url).hostname))
    opened.on("pageerror", lambda error: failures.append(str(error)))
    opened.on("dialog", lambda dialog: (failures.append(dialog.message), dialog.dismiss()))
    opened.goto(served[0])
    opened.wait_for_selector("#drop input[type=file]", state="attached")
    yield opened
    assert hosts <= {"127.0.0.1", None}  # None: data: and blob:
    assert failures == []
    context.close()


def fits(page) -> bool:
    """Nothing is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


def seen(page, name: str, request) -> None:
    """Keep a screenshot if a folder for them is named by $SUBBAND_SCREENSHOTS."""
    folder = os.environ.get("SUBBAND_SCREENSHOTS")
    if folder:
        page.wait_for_timeout(500)
        page.screenshot(path=f"{folder}/{name}-{request.node.callspec.id}.png", full_page=True)


def test_the_click_path(page, served, work, request):
    assert fits(page)
    seen(page, "start", request)

    page.set_input_files("#drop input[type=file]", work / "a.png")
    page.wait_for_selector("#answer .sb-pill")
    assert page.inner_text("#answer .sb-pill") in ("real", "generated", "can't tell")
    page.wait_for_selector("#answer .sb-figure")
    words = page.inner_text("#answer")
    for phrase in (
        "a.png · 96 × 72 pixels",
        "What the file says",
        "What its history left",
        "What the detector says",
    ):
        assert phrase in words
    expect(page.locator("#answer figure img:visible")).to_have_count(6)  # picture, heat map, four figures
    page.wait_for_function("[...document.querySelectorAll('#answer img')].every(i => i.naturalWidth > 20)")
    assert fits(page)
    assert files(served[1]) == []
    seen(page, "judged", request)

    page.set_input_files("#drop input[type=file]", work / "<img src=x onerror=alert(1)>.png")
    page.wait_for_selector("#answer .sb-name:has-text('onerror')")
    page.wait_for_selector("#answer .sb-figure")

    page.set_input_files("#drop input[type=file]", work / "broken.png")
    page.wait_for_selector("#answer .sb-error")
    assert "can't be read as a picture" in page.inner_text("#answer")
    assert files(served[1]) == []

    page.get_by_role("tab", name="Compare").click()
    page.set_input_files("#drop-a input[type=file]", work / "a.png")
    page.wait_for_selector("#comparison :text('Picture B is still missing')")
    page.set_input_files("#drop-b input[type=file]", work / "a.png")
    page.wait_for_selector("#comparison .sb-figure")
    assert page.locator("#comparison .sb-pill").count() == 2
    assert fits(page)
    assert files(served[1]) == []
    seen(page, "compared", request)

    page.get_by_role("tab", name="Wavelets").click()
    page.wait_for_selector("#view img")
    before = page.get_attribute("#view img.sb-mosaic", "src")
    assert "A sample" in page.inner_text("#view")
    page.set_input_files("#drop-wavelets input[type=file]", work / "a.png")
    page.wait_for_selector("#view :text('Your picture')")
    assert page.get_attribute("#view img.sb-mosaic", "src") != before
    page.fill("#level input[type=number]", "3")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#row input[type=number]').max == '7'")
    page.fill("#row input[type=number]", "7")
    page.keyboard.press("Enter")
    page.wait_for_selector("#view :text('vertical 0.438 to 0.500')")
    before = page.get_attribute("#view img.sb-mosaic", "src")
    page.click("#wavelet input")
    page.get_by_role("option", name="db4").click()
    page.wait_for_function(
        "before => document.querySelector('#view img.sb-mosaic').src != before", arg=before
    )
    assert fits(page)
    assert files(served[1]) == []
    seen(page, "explored", request)


def test_a_file_that_is_too_long_is_refused(page, served, work):
    long = work / "long.png"
    long.write_bytes(b"\x89PNG" + bytes(52 * 2**20))
    page.set_input_files("#drop input[type=file]", long)
    deadline = time.monotonic() + 60
    while "exceed" not in page.inner_text("body"):
        assert time.monotonic() < deadline, page.inner_text("body")
        page.wait_for_timeout(200)
    assert page.locator("#answer .sb-pill").count() == 0
    assert files(served[1]) == []
