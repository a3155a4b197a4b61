"""The page: its three tabs, and what happens on them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from subband.errors import SubbandError
from subband.web.answer import Answer, answers, read
from subband.web.compare import figures
from subband.web.explorer import MOST_LEVELS, WAVELETS, explore, reduced
from subband.web.fragments import (
    answer_html,
    comparison_html,
    error_html,
    header_html,
    notice_html,
    style,
    view_html,
)
from subband.web.limits import MOST_BYTES, MOST_PIXELS, REMEMBERED

EMPTY = "Drop a picture above: JPEG, PNG, WebP, TIFF, GIF, BMP or AVIF, the original file if you have it."
FONTS = ("ui-sans-serif", "system-ui", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
TYPES = ("image", ".avif", ".heic", ".tif", ".tiff")
LIMITS = f"at most {MOST_BYTES >> 20} MiB and {MOST_PIXELS // 10**6} million pixels"


def page(detector: Any, lacks: str, folder: Path) -> Any:
    """The page as an ASGI app.

    Args:
        detector: As loaded; None if there is none.
        lacks: Why there is none.
        folder: Where Gradio puts uploads. The environment must name it before Gradio is first imported.
    """
    import fastapi
    import gradio
    import gradio.themes

    blocks = _blocks(gradio, Visit(detector, lacks, folder))
    blocks.queue(default_concurrency_limit=1, max_size=32, api_open=False)
    theme = gradio.themes.Base(  # pyright: ignore[reportPrivateImportUsage]
        primary_hue="blue", neutral_hue="slate", font=FONTS, font_mono=("ui-monospace", "monospace")
    )
    return gradio.mount_gradio_app(
        fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None),
        blocks,
        path="/",
        server_name="127.0.0.1",
        max_file_size=MOST_BYTES,
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        theme=theme,
        css=style(),
    )


class Visit:
    """What the page does with an upload: files are read and deleted."""

    def __init__(self, detector: Any, lacks: str, folder: Path) -> None:
        self.detector, self.lacks, self.folder = detector, lacks, folder.resolve()

    def taken(self, upload: str) -> tuple[bytes, str]:
        """Contents and name of an upload, whose file is deleted.

        Raises:
            SubbandError: there is no such upload.
        """
        path = Path(upload).resolve()
        if not path.is_relative_to(self.folder):  # Gradio checks it, too
            raise SubbandError("This is no upload to this page.")
        try:
            return path.read_bytes(), path.name
        finally:
            path.unlink(missing_ok=True)
            if path.parent != self.folder and not any(path.parent.iterdir()):
                path.parent.rmdir()

    def judge(self, upload: str | None) -> Iterator[tuple[None, str]]:
        """The answer, then the answer with its explanation; the drop area is empty again."""
        if upload is None:
            return
        for html, _ in _in_words(lambda: self._answers(upload)):
            yield None, html

    def compare(
        self, upload: str | None, side: int, pair: tuple[Answer | None, Answer | None]
    ) -> Iterator[tuple[Any, ...]]:
        """One of two pictures, and the comparison as soon as both are there."""
        if upload is None:
            return

        def compared() -> Iterator[tuple[str, Any]]:
            *_, last = answers(*self.taken(upload), self.detector, self.lacks)
            now = (last, pair[1]) if side == 0 else (pair[0], last)
            both = figures(now[0], now[1]) if now[0] is not None and now[1] is not None else {}
            yield comparison_html(*now, both), now

        for html, now in _in_words(compared):
            yield None, html, pair if now is None else now

    def picture(self, upload: str | None, *choice: Any) -> Iterator[tuple[Any, ...]]:
        """A picture for the explorer, and its first view."""
        if upload is None:
            return

        def opened() -> Iterator[tuple[str, Any]]:
            data, name = self.taken(upload)
            pixels = reduced(read(data, name))
            yield view_html(explore(pixels, *choice), "Your picture"), pixels

        for html, pixels in _in_words(opened):
            yield None, html, pixels

    def view(self, pixels: np.ndarray | None, *choice: Any) -> str:
        """Another band of the explorer's picture; of a sample, where there is none."""
        name = "Your picture" if pixels is not None else "A sample"
        shown = sample() if pixels is None else pixels
        return next(
            html for html, _ in _in_words(lambda: iter([(view_html(explore(shown, *choice), name), None)]))
        )

    def _answers(self, upload: str) -> Iterator[tuple[str, Any]]:
        found = answers(*self.taken(upload), self.detector, self.lacks)
        yield answer_html(next(found), waiting=True), None
        yield answer_html(next(found)), None


def sample() -> np.ndarray:
    """A picture to explore before there is another: a chirp of rings, all frequencies in all directions."""
    y, x = np.mgrid[-1:1:384j, -1:1:384j]
    rings = np.cos(np.pi * 384 / 4 * (x**2 + y**2) / 1.0)
    grey = 127.5 + 100 * rings
    return np.repeat(grey.round().astype(np.uint8)[..., None], 3, axis=2)


def _in_words(work: Callable[[], Iterator[tuple[str, Any]]]) -> Iterator[tuple[str, Any]]:
    """Results of some work; where it fails, a plain sentence and None."""
    try:
        yield from work()
    except SubbandError as error:
        yield error_html(str(error)), None
    except MemoryError:
        yield error_html("There is not enough memory for this picture; try a smaller one."), None
    except Exception as error:  # noqa: BLE001 - the page must stay usable
        found = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        yield error_html(f"{found}. This is a bug in Subband: please report it with the picture."), None


def _blocks(gradio: Any, visit: Visit) -> Any:
    """Layout and events."""
    private = {"api_visibility": "private"}
    each = private | {"trigger_mode": "multiple"}  # an upload that is not looked at would not be deleted

    def drop(label: str, name: str) -> Any:
        file = gradio.File(label=label, file_types=list(TYPES), elem_id=name, height=150)
        file._process_single_file = lambda upload: upload.path  # its own leaves an empty file for each upload
        return file

    with gradio.Blocks(title="Subband", analytics_enabled=False, delete_cache=(60, 60)) as blocks:
        gradio.HTML(header_html(visit.detector, visit.lacks))
        with gradio.Tabs():
            with gradio.Tab("Judge", id="one"):
                picture = drop(f"A picture ({LIMITS})", "drop")
                answer = gradio.HTML(notice_html(EMPTY), elem_id="answer")
                picture.upload(visit.judge, picture, [picture, answer], show_progress_on=answer, **each)
            with gradio.Tab("Compare", id="two"):
                with gradio.Row():
                    both = [drop(f"Picture {letter}", f"drop-{letter.lower()}") for letter in "AB"]
                comparison = gradio.HTML(notice_html("Drop two pictures above."), elem_id="comparison")
                pair = gradio.State((None, None), time_to_live=REMEMBERED)
                for number, one in enumerate(both):
                    side = gradio.State(number)
                    one.upload(
                        visit.compare, [one, side, pair], [one, comparison, pair], show_progress_on=comparison,
                        concurrency_id="comparison", **each,
                    )  # fmt: skip
            with gradio.Tab("Wavelets", id="wavelets"):
                _explorer(gradio, visit, drop("Your picture", "drop-wavelets"), private)
    return blocks


def _explorer(gradio: Any, visit: Visit, picture: Any, private: dict[str, Any]) -> None:
    with gradio.Row():
        wavelet = gradio.Dropdown(
            list(WAVELETS), value="haar", label="Wavelet", elem_id="wavelet", filterable=False
        )
        level = gradio.Slider(1, MOST_LEVELS, value=2, step=1, label="Level", elem_id="level")
    with gradio.Row():
        row = gradio.Slider(0, 3, value=1, step=1, label="Vertical frequency (band)", elem_id="row")
        column = gradio.Slider(0, 3, value=1, step=1, label="Horizontal frequency (band)", elem_id="column")
    choice = [wavelet, level, row, column]
    view = gradio.HTML(visit.view(None, "haar", 2, 1, 1), elem_id="view")
    pixels = gradio.State(None, time_to_live=REMEMBERED)

    def widened(level: int, row: int, column: int) -> tuple[Any, Any]:
        most = 2**level - 1
        # A band that still exists is not sent back: by now another one may have been chosen.
        return tuple(
            gradio.Slider(maximum=most) if value <= most else gradio.Slider(maximum=most, value=most)
            for value in (row, column)
        )

    # One queue, first come, first served: Gradio runs events of different queues in a random order,
    # and the view of an earlier choice could replace that of a later one.
    queue = {"concurrency_id": "explorer", **private}
    level.change(widened, [level, row, column], [row, column], show_progress="hidden", **queue)
    gradio.on(
        [control.change for control in choice],
        visit.view,
        [pixels, *choice],
        view,
        show_progress="hidden",
        trigger_mode="always_last",
        **queue,
    )
    picture.upload(
        visit.picture,
        [picture, *choice],
        [picture, view, pixels],
        show_progress_on=view,
        trigger_mode="multiple",
        **queue,
    )
