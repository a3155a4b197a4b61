"""Results as HTML: pieces of the page, with pictures inside them, so that no file is written for them."""

import base64
import io
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from subband import plots
from subband.forensics.detectors.ruling import percent
from subband.plots.as_pixels import LEAST, LEAST_ADDED
from subband.runs.lines import one_line
from subband.web.answer import Answer
from subband.web.explorer import View

SIDE = 900  # pixels along the longer side of a picture on the page
DPI = 150

PANELS = {
    "bands": "What each band adds to the answer: the change when it is taken out. Low frequencies are top left.",
    "packets": "The marked square, or a picture that the detector looks at whole, split into bands; each small "
    "image is one band.",
    "saliency": "Where in these bands a small change would move the answer most.",
    "spectrum": "Power by frequency. Photographs fall about as the dashed line; a bend or bump is a trace of "
    "processing, not by itself of generation.",
}


def answer_html(answer: Answer, *, waiting: bool = False) -> str:
    """The answer to one picture; `waiting` for its explanation."""
    found = answer.explanation
    figures = {}
    if found is not None:
        kinds = [kind for kind in PANELS if kind != "saliency" or found.packet_saliency is not None]
        figures = {PANELS[kind]: figure(plots.panel(kind, found)) for kind in kinds}
    elif answer.spectrum is not None and not waiting:
        figures = {PANELS["spectrum"]: figure(plots.spectra({"": answer.spectrum}))}
    maps = {one.text: (one.name, jpeg(_shown(one.values))) for one in answer.maps}
    return _render("answer", answer=answer, waiting=waiting, figures=figures, maps=maps, **_pictures(answer))


def comparison_html(first: Answer | None, second: Answer | None, figures: Mapping[str, plots.Figure]) -> str:
    """Two answers side by side, or one that waits for the other."""
    sides = [
        {"letter": letter, "answer": answer, **(_pictures(answer) if answer is not None else {})}
        for letter, answer in (("A", first), ("B", second))
    ]
    drawn = {caption: figure(one) for caption, one in figures.items()}
    return _render("comparison", sides=sides, figures=drawn)


def view_html(view: View, name: str) -> str:
    """A band of a picture in the explorer."""
    return _render(
        "view",
        view=view,
        name=name,
        mosaic=png(view.mosaic),
        band=jpeg(view.band),
        rest=jpeg(view.rest),
    )


def error_html(message: str) -> str:
    """A plain sentence on what went wrong."""
    return _render("error", message=message)


def notice_html(message: str) -> str:
    """A plain sentence on what to do."""
    return _render("notice", message=message)


def header_html(detector: Any, lacks: str) -> str:
    """The page's title, and which detector answers."""
    return _render("header", detector=detector, lacks=lacks)


def figure(drawn: plots.Figure) -> tuple[Markup, Markup]:
    """A figure as data URIs, for a light and a dark page."""
    light = _uri("image/png", plots.png(drawn, dpi=DPI))
    return light, _uri("image/png", plots.png(plots.darkened(drawn), dpi=DPI))


def jpeg(pixels: np.ndarray) -> Markup:
    """(h, w, 3) uint8 as a data URI."""
    return _encoded(pixels, "JPEG", quality=90)


def png(pixels: np.ndarray) -> Markup:
    """(h, w, 3) uint8 as a data URI, exactly."""
    return _encoded(pixels, "PNG", compress_level=3)


def style() -> str:
    """The page's own style sheet."""
    return (files("subband.web") / "page.css").read_text("utf-8")


def _pictures(answer: Answer) -> dict[str, Any]:
    step = max(1, -(-max(answer.pixels.shape[:2]) // SIDE))
    height, width = answer.pixels.shape[:2]
    found = answer.explanation
    shown: dict[str, Any] = {
        "picture": jpeg(answer.pixels[::step, ::step]),
        "size": (width, height),
        "heat": None,
        "covered": False,
        "mark": None,
    }
    if found is not None:
        covered = found.heat.covered
        least = LEAST_ADDED if covered else LEAST
        shown["heat"] = jpeg(plots.overlay(answer.pixels, found.heat.log_odds, side=SIDE, least=least))
        shown["covered"] = covered
        (top, left), side = found.place, found.cut
        if side:
            shown["mark"] = (100 * left / width, 100 * top / height, 100 * side / width, 100 * side / height)
    return shown


def _shown(values: np.ndarray) -> np.ndarray:
    """A map in colours, reduced, from its 1st to its 99th percentile."""
    step = max(1, -(-max(values.shape) // SIDE))
    low, high = np.percentile(values, (1, 99))
    return plots.tinted(values[::step, ::step], (float(low), float(high)))


def _encoded(pixels: np.ndarray, name: str, **options: Any) -> Markup:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, name, **options)
    return _uri(f"image/{name.lower()}", file.getvalue())


def _uri(kind: str, content: bytes) -> Markup:
    return Markup(f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}")


def _render(block: str, **values: Any) -> str:
    return str(getattr(_template().make_module(), block)(values))


@cache
def _template() -> Any:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_line
    )
    environment.filters |= {"percent": percent, "sentence": sentence, "number": lambda value: f"{value:.3g}"}
    return environment.from_string((files("subband.web") / "fragments.html.j2").read_text("utf-8"))


def sentence(text: str) -> str:
    """Text with a capital at its beginning and a full stop at its end."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?', '…')) else '.'}"


def _line(value: Any) -> Any:
    """Text of others as one printable line; markup stays."""
    return one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value
