"""Python blocks of a page, run when the site is built: what they print and the figure they draw join the page."""

import contextlib
import hashlib
import io
import json
import os
import re
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import subband

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.S | re.M)


@dataclass(frozen=True)
class Ran:
    """What a block left: printed text, and the PNG file of `figure`, if it bound that name."""

    printed: str
    figure: bytes | None


def run(blocks: list[str], where: str) -> list[Ran]:
    """Run the blocks of one page in one namespace, in an empty folder.

    Raises:
        RuntimeError: a block failed; the message says on which page.
    """
    from subband import plots

    scope: dict[str, Any] = {"__name__": "__main__"}
    found, before = [], os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for k, block in enumerate(blocks, 1):
                scope.pop("figure", None)
                printed = io.StringIO()
                with contextlib.redirect_stdout(printed), warnings.catch_warnings():
                    warnings.simplefilter("ignore", DeprecationWarning)
                    exec(compile(block, f"{where}, block {k}", "exec"), scope)
                figure = scope.get("figure")
                png = plots.png(figure) if isinstance(figure, plots.Figure) else figure
                found.append(Ran(printed.getvalue(), png if isinstance(png, bytes) else None))
        except Exception as error:
            raise RuntimeError(f"{where}, block {len(found) + 1}: {type(error).__name__}: {error}") from error
        finally:
            os.chdir(before)
    return found


def with_results(text: str, name: str, cache: Path, address: str = "") -> str:
    """Text of a page with what each of its blocks printed and drew under it.

    Args:
        text: MyST source.
        name: of the page, for the files of its figures.
        cache: folder of results by the digest of code and version; figures lie in it, too.
        address: of this folder from the page; its name by default.
    """
    blocks = BLOCK.findall(text)
    if not blocks:
        return text
    results = _cached(blocks, name, cache)
    parts = iter(results)

    def joined(match: re.Match[str]) -> str:
        printed, picture = next(parts)
        shown = f"```text\n{printed.rstrip()}\n```" if printed.strip() else ""
        drawn = f"![Figure drawn by the code above]({address or cache.name}/{picture})" if picture else ""
        return "\n\n".join(part for part in (match.group(0), shown, drawn) if part)

    return BLOCK.sub(joined, text)


def _cached(blocks: list[str], name: str, cache: Path) -> list[tuple[str, str]]:
    """(printed, file name of the figure) of each block."""
    key = hashlib.sha256(json.dumps([blocks, subband.__version__]).encode()).hexdigest()[:12]
    kept = cache / f"{name}-{key}.json"
    if not kept.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        for old in cache.glob(f"{name}-????????????*"):
            old.unlink()
        found = []
        for k, ran in enumerate(run(blocks, name)):
            picture = ""
            if ran.figure:
                picture = f"{name}-{key}-{k}.png"
                (cache / picture).write_bytes(ran.figure)
            found.append((ran.printed, picture))
        kept.write_text(json.dumps(found), "utf-8")
    return json.loads(kept.read_text("utf-8"))
