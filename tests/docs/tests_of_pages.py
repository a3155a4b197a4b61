"""The pages that users read, and the commands in their fenced blocks."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def pages() -> list[Path]:
    """README, docs and course, without what a build of the site writes."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    found += sorted((ROOT / "docs").rglob("*.md")) + sorted((ROOT / "course").rglob("*.md"))
    return [page for page in found if "generated" not in page.parts]


def commands() -> Iterator[tuple[str, str]]:
    """(page, command line) of every `subband …`, by itself or after a launcher, continued lines joined."""
    for page in pages():
        for language, block in re.findall(r"```(\w*)\n(.*?)```", page.read_text("utf-8"), re.S):
            if language == "python":
                continue
            for line in block.replace("\\\n", " ").splitlines():
                if re.match(r"(subband|accelerate) ", line):
                    yield str(page.relative_to(ROOT)), " ".join(line.split())
