"""Hourly electric load of one utility."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from subband.data.packs import pack
from subband.errors import DataError
from subband.runs.names import printable

FILE = "hourly_load_dayton.csv"


def hourly_load(file: Path | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Loads at each hour, in order: the file has hours twice or not at all where clocks change.

    Doubled hours are averaged, and gaps interpolated.

    Args:
        file: Lines of time ("2004-12-31 01:00:00") and load, after a heading; by default the pack of Dayton, Ohio.

    Returns:
        (T,) datetime64 hours and (T,) loads in MW.

    Raises:
        DataError: the file is missing, or a line can't be read.

    Example:
        >>> from pathlib import Path
        >>> from subband.data.sequences import hourly_load
        >>> day, file = "2004-12-31", Path("load.csv")
        >>> _ = file.write_text(f"Datetime,MW\\n{day} 01:00:00,1500\\n{day} 02:00:00,1400\\n{day} 04:00:00,1600")
        >>> hours, load = hourly_load(file)
        >>> load.tolist()  # the missing hour is interpolated
        [1500.0, 1400.0, 1500.0, 1600.0]
    """
    file = pack(FILE) if file is None else file
    loads: dict[datetime, list[float]] = {}
    with file.open(newline="", encoding="utf-8") as stream:
        for number, row in enumerate(csv.reader(stream), 1):
            if number == 1:
                continue
            try:
                loads.setdefault(datetime.fromisoformat(row[0]), []).append(float(row[1]))
            except (ValueError, IndexError) as error:
                raise DataError(f"{printable(file)}, line {number}: give a time and a number") from error
    if not loads:
        raise DataError(f"{printable(file)} has no hours")
    first, hour = min(loads), timedelta(hours=1)
    at = np.array([(time - first) / hour for time in sorted(loads)])
    values = np.array([np.mean(loads[time]) for time in sorted(loads)])
    every = np.arange(int(at[-1]) + 1)
    return np.datetime64(first, "h") + every, np.interp(every, at, values)
