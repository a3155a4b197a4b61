"""The slides of each day: short, with equations and the day's figure, and one command makes pages of them."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from course.days import DAYS, FOLDER  # noqa: E402
from course.slides import main, page, slides  # noqa: E402


@pytest.mark.parametrize("day", DAYS)
def test_slides_become_one_page_with_all_in_it(day: str) -> None:
    parts = slides((FOLDER / day / "slides.md").read_text("utf-8"))
    made = page(day)
    assert 6 <= len(parts) <= 16
    assert made.count("<section") == len(parts)
    assert made.count("<math") >= 5
    assert made.count("data:image/png;base64,") >= 1
    assert "$$" not in made
    assert "http://" not in made.replace("http://www.w3.org/1998/Math/MathML", "")
    assert '<img src="../' not in made


def test_the_command_writes_them(capsys: pytest.CaptureFixture[str]) -> None:
    files = main(["9"])
    assert [file.name for file in files] == ["slides.html"]
    assert "written  course/day_9_wavelets_and_scattering/slides.html" in capsys.readouterr().out
    assert files[0].stat().st_size > 50_000
