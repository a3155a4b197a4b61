"""A run's folder: results.json, figures/ and report.html."""

import json
from typing import Any

from subband.lab.figures import draw
from subband.lab.folder import MARK, RunFolder
from subband.lab.page import render
from subband.lab.record import results, table
from subband.lab.work import Work


def write_report(work: Work, folder: RunFolder) -> tuple[dict[str, Any], str]:
    """Write everything that a reader wants into the run's folder, results.json last.

    Returns:
        The content of results.json, and the table of scores as text.
    """
    with work.stage("report") as advance:
        panels = draw(work, advance)
        figures = folder.partial / "figures"
        figures.mkdir()
        for panel in panels:
            (figures / f"{panel.key}.png").write_bytes(panel.png)
    record = results(work, folder.name)
    (folder.partial / "report.html").write_text(render(record, panels), "utf-8")
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
    (folder.partial / MARK).write_text(text + "\n", "utf-8")
    return record, table(record["figures"])
