"""What a reader of one generator's metadata finds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from subband.forensics.metadata import Metadata


@dataclass(frozen=True)
class Found:
    """Parameters of a generator, found in a file.

    Attributes:
        where: The field, e.g. 'PNG text "parameters"'.
        generated: False if the program only processed a picture as far as the fields tell.
        fields: "prompt", "negative prompt", "model", "seed", "steps", "sampler", "version", … as found.

    Example:
        >>> from subband.forensics.metadata import Metadata
        >>> from subband.forensics.provenance.generators import GENERATORS, Reader
        >>> read: Reader = GENERATORS["NovelAI"]
        >>> found = read(Metadata("png", (("Software", "NovelAI"), ("Comment", '{"prompt": "a teapot"}'))))
        >>> found.where, found.fields["prompt"], found.generated
        ('PNG text "Software"', 'a teapot', True)
    """

    where: str
    generated: bool = True
    fields: Mapping[str, Any] = field(default_factory=dict)


Reader = Callable[[Metadata], Found | None]


def chosen(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The fields of `values` that `names` lists (name there → name here), without empty ones."""
    return {
        ours: values[theirs] for theirs, ours in names.items() if values.get(theirs) not in (None, "", [], {})
    }
