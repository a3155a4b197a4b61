"""FLUX's reference code: EXIF Software "AI generated;txt2img;flux", Make "Black Forest Labs", and Model.

Source: black-forest-labs/flux, `src/flux/util.py` and `demo_gr.py` (read for the names of the fields).
"""

from subband.forensics.metadata import Metadata
from subband.forensics.provenance.generators.found import Found


def read(metadata: Metadata) -> Found | None:
    """Fields of FLUX's reference code; None if there are none."""
    make, model, software = (
        str(metadata.exif.picture.get(tag, "")).strip() for tag in (0x010F, 0x0110, 0x0131)
    )
    if make.lower() != "black forest labs" and not software.lower().startswith("ai generated;"):
        return None
    mode = software.split(";")[1] if software.count(";") else ""
    fields = {"model": model, "mode": mode, "maker": make}
    return Found("EXIF Software and Make", fields={key: value for key, value in fields.items() if value})
