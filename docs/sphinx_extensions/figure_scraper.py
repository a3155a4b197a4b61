"""Figures of `subband.plots` for sphinx-gallery: they are made without pyplot, which it watches otherwise."""

from typing import Any

from matplotlib.figure import Figure
from sphinx_gallery.scrapers import figure_rst

_seen: set[int] = set()


def figures(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save each figure that a block of code bound to a name, and return the reST that shows them."""
    paths = []
    for value in list(block_vars.get("example_globals", {}).values()):
        if isinstance(value, Figure) and id(value) not in _seen:
            _seen.add(id(value))
            path = next(block_vars["image_path_iterator"])
            value.savefig(path, dpi=150)
            paths.append(path)
    return figure_rst(paths, gallery_conf["src_dir"]) if paths else ""
