"""IPTC's Digital Source Type: the vocabulary, and the unsigned fields of a file that use it.

Sources: IPTC NewsCodes, Digital Source Type (cv.iptc.org/newscodes/digitalsourcetype); IPTC Photo Metadata Standard
2025.1; C2PA Technical Specification 2.2, section on actions.
"""

from typing import Literal

from subband.forensics.judgement import Finding
from subband.forensics.metadata import Metadata
from subband.forensics.metadata.bounds import shown
from subband.forensics.provenance.quoting import quoted

GENERATED = {
    "trainedalgorithmicmedia": "made by a trained model",
    "compositewithtrainedalgorithmicmedia": "partly made by a trained model",
    "compositesynthetic": "composed with parts made by a trained model",
    "algorithmicmedia": "made by an algorithm",
    "trainedalgorithmicdata": "made by a trained model",
}
REAL = {
    "digitalcapture": "taken by a digital camera",
    "computationalcapture": "taken by a camera that combines several exposures",
    "compositecapture": "composed of photographs",
    "negativefilm": "digitised from a negative",
    "positivefilm": "digitised from a positive",
    "print": "digitised from a print",
}
CREDITS = ("ai generated", "made with google ai", "made with ai")
CREDIT = (2, 110)


def meaning(source_type: str) -> tuple[Literal["generated", "real", "nothing"], str]:
    """What a Digital Source Type says of the origin, and the words for it.

    Args:
        source_type: A URI of the vocabulary or the bare word, in upper or lower case.

    Example:
        >>> meaning("http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture")
        ('real', 'taken by a digital camera')
    """
    word = source_type.rstrip("/").rpartition("/")[2].strip().lower()
    if word in GENERATED:
        return "generated", GENERATED[word]
    if word in REAL:
        return "real", REAL[word]
    return "nothing", f"of the type {quoted(word)}"


def read_source_types(metadata: Metadata) -> tuple[Finding, ...]:
    """Findings of Digital Source Type in XMP and of Credit in IPTC and XMP.

    Any namespace prefix is accepted: writers use `Iptc4xmpExt` and `iptcExt` for the same namespace.
    """
    findings = []
    values = [
        value
        for name, values in metadata.xmp.items()
        if name.rpartition("}")[2].lower() == "digitalsourcetype"
        for value in values
    ]
    for value in dict.fromkeys(values[:8]):
        says, words = meaning(value)
        text = (
            f"The XMP of the file says that the picture was {words} (Digital Source Type). "
            "It is not signed: any program can write or remove it."
        )
        details = {"field": "XMP DigitalSourceType", "value": shown(value)}
        findings.append(Finding("digital source type", says, "claimed", text, details))
    credit = metadata.iim.get(CREDIT) or metadata.property("Credit") or ""
    if credit.strip().lower() in CREDITS:
        text = (
            f"The credit line of the file is {quoted(credit)}. "
            "It is not signed: any program can write or remove it."
        )
        details = {"field": "IPTC Credit", "value": shown(credit)}
        findings.append(Finding("digital source type", "generated", "claimed", text, details))
    return tuple(findings)
