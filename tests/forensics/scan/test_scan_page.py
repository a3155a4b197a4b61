"""What docs/scan.md says of the table is so, and its examples read it."""

import re
from pathlib import Path

import pytest
from scanning import scanned

from subband.forensics.scan.rows import COLUMNS

PAGE = (Path(__file__).parents[3] / "docs" / "scan.md").read_text("utf-8")
BLOCKS = [block for block in re.findall(r"```py\n(.*?)```", PAGE, re.S) if "subband" not in block]


def test_the_page_names_every_column() -> None:
    table = PAGE.split("| column | |\n", 1)[1].split("\n\n", 1)[0]
    cells = [line.split("|")[1] for line in table.splitlines()[1:]]
    assert sorted(re.findall(r"`(\w+)`", " ".join(cells))) == sorted(COLUMNS)


@pytest.mark.parametrize(
    "block", BLOCKS, ids=[re.findall(r"import (pandas|duckdb|polars)", b)[0] for b in BLOCKS]
)
def test_examples_read_a_table(block, folder, tmp_path, model, monkeypatch, capsys) -> None:
    for package in re.findall(r"import (pandas|duckdb|polars)", block):
        pytest.importorskip(package)
    scanned([folder], tmp_path / "table", model)
    monkeypatch.chdir(tmp_path)
    exec(block, {})
    assert capsys.readouterr().out
