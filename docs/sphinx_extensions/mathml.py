"""Formulas as MathML, which browsers draw themselves: no script, nothing from the network."""

import re
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx

_TAG = re.compile(r"\\tag\{([^}]*)\}")
# latex2mathml reads sizes only with the plain delimiter after them.
_SPACES = (("\\!", ""), ("\\bigl", "\\big"), ("\\bigr", "\\big"))


def mathml(tex: str, display: bool) -> str:
    """MathML of a formula, with the number of its \\tag beside it."""
    tag = _TAG.search(tex)
    tex = _TAG.sub("", tex).strip().rstrip("\\")
    for before, after in _SPACES:
        tex = tex.replace(before, after)
    made = convert(tex, display="block" if display else "inline")
    if not display:
        return made
    number = f'<span class="eqno">({tag.group(1)})</span>' if tag else ""
    return f'<div class="formula">{made}{number}</div>'


def visit_math(self: Any, node: nodes.math) -> None:
    self.body.append(mathml(node.astext(), display=False))
    raise nodes.SkipNode


def visit_math_block(self: Any, node: nodes.math_block) -> None:
    self.body.append(mathml(node.astext(), display=True))
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
