"""Provenance: what a file says of its origin, signed or claimed, and marks that its generator left in the pixels.

read                read_provenance: a file → findings
credentials         Content Credentials (C2PA); trust, manifests, credentials_finding, trust_list/
source_type         IPTC Digital Source Type and Credit
generators/         parameters of image generators, one module each
stealth             parameters hidden in the lowest bits
watermark           invisible watermarks of Stable Diffusion's scripts
camera              camera and exposure in EXIF
"""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.forensics.provenance.credentials import Credentials, read_credentials
    from subband.forensics.provenance.manifests import Manifest
    from subband.forensics.provenance.read import read_provenance
    from subband.forensics.provenance.watermark import read_watermark

__all__ = ["Credentials", "Manifest", "read_credentials", "read_provenance", "read_watermark"]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "credentials": "Credentials read_credentials",
        "manifests": "Manifest",
        "read": "read_provenance",
        "watermark": "read_watermark",
    },
)
