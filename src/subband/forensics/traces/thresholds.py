"""Thresholds of the traces, with the rates that were measured at them.

Share of pictures with a trace, on photographs that were never compressed before (24 of Kodak, 768×512, and 70 crops
of CQ100, 256×256) and were given a history; JPEG by Pillow with 4:2:0. Measured by
`tests/forensics/traces/test_rates.py`. The thresholds were set on the same photographs, so the false alarms
of others may be a little more frequent.

| history | double compression | resampling |
|---|---|---|
| none, lossless | 0 | .032 (three of CQ100, none of Kodak) |
| one JPEG of 50 | .011 | 0 |
| one JPEG of 60, 70, 80, 90, 95 | 0 | 0 |
| JPEG 50, 75, 90, 95, cut off its grid, lossless | 1.00, 1.00, 1.00, .97 | 0 |
| JPEG 60 then 90; 75 then 95; 90 then 95; 75 then 85 | .96; .91; .85; .94 | 0 |
| JPEG 60 then 90; 75 then 95; 90 then 95, cut in between | 1.00; .99; .37 | 0 |
| JPEG 90 then 75 | 0, cut .01 | 0 |
| enlarged 1.25, 1.5, 3 times (bicubic), lossless | 0 | .99, 1.00, 1.00 |
| enlarged 1.5 times (Lanczos), lossless | 0 | .99 |
| enlarged 1.25, 1.5 times (bicubic), JPEG 85 | 0 | .29, .80 |
| enlarged twice (bicubic), lossless | 0 | .02 |

Photographs as cameras (170) and phones (130) delivered them, 256×256 parts of JPEG files stored without loss:
an earlier JPEG is found in .69 and .99 (the finest tables leave nothing to see), resampling in .006 and 0.

Not seen: a second JPEG much coarser than the first; an earlier grid in the rows or columns of the present one;
enlargement by exactly 2 (its two phases mirror each other) and by less than 1.17, by 4/3, 1.6, 8/3 and 4;
reductions.
"""

import numpy as np

from subband.forensics.traces.grid_comb import MODES
from subband.forensics.traces.jpeg_header import standard_table

GRID = 8.0
GRID_IN_JPEG = 12.0
DOUBLE = 0.045
PATTERN = 3.2

AGREEING = 0.6


def earlier_quality(steps: tuple[int, ...]) -> int | None:
    """libjpeg's quality whose table has the most of these steps; None if fewer than `AGREEING` of them fit any.

    Args:
        steps: of `grid_comb.MODES`, 0 where unknown.
    """
    seen = np.asarray(steps) > 0
    if seen.sum() < 3:
        return None
    rows, columns = np.asarray(MODES).T
    fits = {q: float((standard_table(q)[rows, columns] == steps)[seen].mean()) for q in range(20, 99)}
    best = max(fits, key=lambda q: (fits[q], q))
    return best if fits[best] >= AGREEING else None
