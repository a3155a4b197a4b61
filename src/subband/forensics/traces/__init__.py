"""Traces: what the history of a picture left in its file and pixels. No trace is evidence of generation.

read                     read_traces: a file and its pixels → traces
jpeg_header              quantisation tables, quality, chroma subsampling
grid_comb                an earlier JPEG's grid, anywhere
double_quantisation      an earlier JPEG on the present grid
resampling               enlargement by interpolation
thumbnail                preview and size in EXIF against the picture
content                  size, grey, flat, few colours
thresholds               when a trace is called found, with measured rates
maps                     noise_map, error_level, jpeg_ghosts: maps to draw
"""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.forensics.traces.maps import EvidenceMap, error_level, jpeg_ghosts, noise_map
    from subband.forensics.traces.read import read_traces

__all__ = ["EvidenceMap", "error_level", "jpeg_ghosts", "noise_map", "read_traces"]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "maps": "EvidenceMap error_level jpeg_ghosts noise_map",
        "read": "read_traces",
    },
)
