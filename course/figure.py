"""Draw the figure of a day with the reader's code: `python -m course.figure 1` writes `figure.png` into its folder.

With COURSE=solutions it is drawn by the solution, and written beside it: that is what the READMEs show.
"""

import importlib
import os
import sys
from pathlib import Path

from course.days import FOLDER, SELECT, day_named, load
from course.drawing import save


def main(words: list[str]) -> Path:
    """Draw the figure of the day that the first word names; returns the file.

    Raises:
        SystemExit: no such day, or a TODO that is not written yet.
    """
    if len(words) != 1:
        raise SystemExit("give the number of a day: python -m course.figure 1")
    day = day_named(words[0])
    draw = importlib.import_module(f"course.{day}.figure").draw
    try:
        figure = draw(load(day))
    except NotImplementedError as missing:
        raise SystemExit(f"the figure needs all of the day, and this is not written yet: {missing}") from None
    solved = os.environ.get(SELECT) == "solutions"
    file = FOLDER / "solutions" / f"{day}.png" if solved else FOLDER / day / "figure.png"
    save(figure, file)
    print(file)
    return file


if __name__ == "__main__":
    main(sys.argv[1:])
