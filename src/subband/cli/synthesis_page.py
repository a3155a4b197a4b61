"""The report of `subband synthesise`: one HTML page with pictures and sounds inside it."""

import base64
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from subband.runs.lines import one_line

if TYPE_CHECKING:
    from subband.cli.synthesise import Made

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1d1f24 }
img { max-width: 100%; image-rendering: pixelated } table { border-collapse: collapse; margin: 1rem 0 }
td, th { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid #d9dce2 }
td:first-child, th:first-child { text-align: left } .small { color: #5d6370; font-size: .9rem }
"""

TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Synthesis</title><style>{{ style }}</style></head><body>
<h1>New samples from one example</h1>
<p>Statistics: {{ statistics }}. Each sample starts from noise and is moved until its statistics are those of the
example.</p>
{% for one in inputs %}
<h2>{{ one.name }}</h2>
{% for caption, picture in one.pictures %}
<p class="small">{{ caption }}</p>
<img src="data:image/png;base64,{{ picture }}" alt="{{ caption }}">
{% endfor %}
{% for caption, sound in one.sounds %}
<p class="small">{{ caption }}</p>
<audio controls src="data:audio/wav;base64,{{ sound }}"></audio>
{% endfor %}
<table><tr><th>measure</th><th>samples – example</th><th>example – example</th></tr>
{% for m in one.measures %}
<tr><td>{{ m.name }}</td><td>{{ "%.3g"|format(m.distance) }}</td><td>{{ "%.3g"|format(m.floor) }}</td></tr>
{% endfor %}
</table>
<p class="small">Root mean square differences of curves of parts of equal size: of samples from parts of the
example, and, as a floor, of these from each other. Largest correlation of a sample with the example at any shift:
{{ "%.2f"|format(one.nearest) }}; of noise with the sample's spectrum: {{ "%.2f"|format(one.nearest_floor) }}.</p>
<img src="data:image/png;base64,{{ one.curves }}" alt="Curves of the measures">
<table><tr><th>statistics (scales)</th><th>root mean square error (standard deviations)</th></tr>
{% for name, value in one.residuals %}
<tr><td>{{ name }}</td><td>{{ "%.2g"|format(value) }}</td></tr>
{% endfor %}
</table>
<p class="small">{{ one.summary }}</p>
{% endfor %}
</body></html>
"""

MOST_ROWS = 40


def page(made: Sequence["Made"], statistics: str) -> str:
    """The page as HTML, without scripts or external files."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    shown = [_shown(one) for one in made]
    return environment.from_string(TEMPLATE).render(style=STYLE, statistics=statistics, inputs=shown)


def _shown(made: "Made") -> dict[str, Any]:
    from subband import plots

    found, report = made.found, made.found.report
    assert report is not None  # all measures were asked for
    pictures, sounds = (_pictures(made), []) if made.rate is None else ([], _sounds(made))
    residuals = sorted(found.residuals.items(), key=lambda item: -item[1])[:MOST_ROWS]
    return {
        "name": one_line(made.name),
        "pictures": pictures,
        "sounds": sounds,
        "measures": report.measures,
        "nearest": report.nearest,
        "nearest_floor": report.nearest_floor,
        "curves": _base64(plots.png(plots.measures(report.measures), dpi=120)),
        "residuals": residuals,
        "summary": f"{found!r}, {found.seconds:.1f} s; entropy at most {found.entropy_bound:.2f} nats a sample.",
    }


def _pictures(made: "Made") -> list[tuple[str, str]]:
    import numpy as np

    from subband.cli.pictures import encoded, levels
    from subband.plots import mosaic

    example = levels(made.example if len(made.example) > 1 else made.example[0])
    samples = np.stack([levels(one) for one in np.asarray(made.found.samples)])
    return [
        ("The example", _base64(encoded(example, "png"))),
        ("Samples", _base64(encoded(mosaic(samples, columns=2), "png"))),
    ]


def _sounds(made: "Made") -> list[tuple[str, str]]:
    import numpy as np
    from scipy.io import wavfile

    def wav(x: Any) -> str:
        file = io.BytesIO()
        level = np.abs(x).max() or 1.0
        wavfile.write(
            file, made.rate or 1, np.rint(32767 * np.atleast_2d(x).T * min(1, 1 / level)).astype(np.int16)
        )
        return _base64(file.getvalue())

    samples = np.asarray(made.found.samples)
    return [("The example", wav(made.example)), *[(f"Sample {k + 1}", wav(x)) for k, x in enumerate(samples)]]


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
