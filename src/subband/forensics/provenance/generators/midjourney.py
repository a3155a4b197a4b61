"""Midjourney's downloads: a PNG "Description" or XMP dc:description that ends in "Job ID: …"."""

import re

from subband.forensics.metadata import Metadata
from subband.forensics.provenance.generators.found import Found

JOB = re.compile(r"\bJob ID: ?([0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})\b")
VERSION = re.compile(r" --(?:v|version|niji) ([\w.]{1,10})")


def read(metadata: Metadata) -> Found | None:
    """Fields of Midjourney; None if there are none."""
    places = (
        ('PNG text "Description"', metadata.text("Description")),
        ("XMP dc:description", metadata.property("description")),
        ("EXIF ImageDescription", metadata.exif.picture.get(0x010E)),
    )
    for where, text in places:
        if isinstance(text, str) and (job := JOB.search(text)):
            fields = {"prompt": text[: job.start()].strip(), "job": job.group(1)}
            if version := VERSION.search(text):
                fields["version"] = version.group(1)
            return Found(where, fields=fields)
    return None
