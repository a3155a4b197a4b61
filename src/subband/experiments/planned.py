"""Claims that have no experiment yet. An entry goes when its claim joins `EXPERIMENTS`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Planned:
    """A published claim without an experiment.

    Attributes:
        claim: the claim, in one sentence.
        source: publication.
        published: published numbers, "–" if none are available.

    Example:
        >>> Planned("It works.", "A paper, 2020", "–").published
        '–'
    """

    claim: str
    source: str
    published: str


PLANNED: dict[str, Planned] = {}
