"""XMP: the properties of an XML packet, whichever prefixes it uses.

Source: XMP Specification part 1 (ISO 16684-1), clause 7: a property is an attribute or an element of
rdf:Description, or inside a structure or list.
"""

import contextlib
from collections.abc import Mapping
from xml.parsers import expat

from subband.forensics.metadata.bounds import BLOCK_BYTES

DEPTH = 64
PROPERTIES = 4096
VALUE = 1 << 20
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


class _Refused(Exception):
    """The packet declares entities, or exceeds a bound; what was read until then is kept."""


def read_xmp(packet: bytes) -> Mapping[str, tuple[str, ...]]:
    """ "{namespace}name" → values in order of appearance. Of a damaged packet, those before the damage.

    Items of lists count as values of the property that holds the list.
    """
    found: dict[str, list[str]] = {}
    path: list[str] = []  # of properties: "" for RDF's own elements
    text: list[str] = []
    count = 0

    def keep(name: str, value: str) -> None:
        nonlocal count
        count += 1
        if count > PROPERTIES:
            raise _Refused
        found.setdefault(_braced(name), []).append(value[:VALUE])

    def flush() -> None:
        value = "".join(text).strip()
        text.clear()
        owner = next((name for name in reversed(path) if name), None)
        if value and owner:
            keep(owner, value)

    def start(name: str, attributes: dict[str, str]) -> None:
        flush()
        path.append("" if name.startswith(RDF) else name)
        if len(path) > DEPTH:
            raise _Refused
        for key, value in attributes.items():
            if key == f"{RDF} resource" and path[-1]:
                keep(path[-1], value)
            elif " " in key and not key.startswith((RDF, "http://www.w3.org/XML/")):
                keep(key, value)

    def end(_: str) -> None:
        flush()
        if path:
            path.pop()

    def refuse(*_: object) -> None:
        raise _Refused

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text.append
    parser.EntityDeclHandler = refuse
    with contextlib.suppress(expat.ExpatError, _Refused, ValueError):
        parser.Parse(packet[:BLOCK_BYTES].strip(b"\0 \r\n\t"), True)
    return {name: tuple(values) for name, values in found.items()}


def _braced(name: str) -> str:
    """expat's "namespace name" as "{namespace}name"."""
    namespace, _, local = name.rpartition(" ")
    return f"{{{namespace}}}{local}"
