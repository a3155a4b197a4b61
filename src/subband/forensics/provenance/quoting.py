"""Words of a file inside a sentence for a person."""

from subband.runs.names import printable

MOST = 80


def quoted(text: object) -> str:
    """A file's own words on one printable line, at most `MOST` characters, in quotation marks."""
    line = " ".join(str(text).split())
    line = line if len(line) <= MOST else line[: MOST - 1] + "…"
    return f"“{printable(line)}”"
