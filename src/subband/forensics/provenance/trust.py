"""Whom Content Credentials are trusted from: certificate authorities and key usages.

With c2pa-python's own defaults genuine pictures of large vendors are called invalid ("certificate missing required
EKU"), so the key usages that the C2PA conformance programme issues certificates for are listed here.

Sources: C2PA Technical Specification 2.2, "Trust model"; facts about each usage: RFC 5280 4.2.1.12 and RFC 9336
(document signing), Microsoft's C2PA signing usage, C2PA's own claim-signing usage.
"""

import functools
from importlib.resources import files
from pathlib import Path
from typing import Any

from subband.errors import DataError
from subband.runs.names import printable

KEY_USAGES = (
    "1.3.6.1.5.5.7.3.4",  # e-mail protection
    "1.3.6.1.5.5.7.3.36",  # document signing
    "1.3.6.1.5.5.7.3.8",  # time stamping
    "1.3.6.1.5.5.7.3.9",  # OCSP signing
    "1.3.6.1.4.1.62558.2.1",  # C2PA claim signing
    "1.3.6.1.4.1.311.76.59.1.9",  # Microsoft's C2PA signing
)
LISTS = ("C2PA-TRUST-LIST.pem", "C2PA-TSA-TRUST-LIST.pem")
MOST_BYTES = 8 << 20


@functools.cache
def packaged_anchors() -> str:
    """PEM certificates of the trust lists in this package (see trust_list/README.md)."""
    folder = files("subband.forensics.provenance") / "trust_list"
    return "\n".join((folder / name).read_text("utf-8") for name in LISTS)


def anchors_of(trust_list: str | Path) -> str:
    """PEM certificates of a user's trust list. It replaces the packaged one of signers; time stamps stay.

    Args:
        trust_list: path of a PEM file, e.g. a newer C2PA-TRUST-LIST.pem.

    Raises:
        DataError: the file can't be read or holds no PEM certificate.
    """
    try:
        with open(trust_list, "rb") as file:
            text = file.read(MOST_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"can't read the trust list {printable(trust_list)}: {reason}") from error
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise DataError(
            f"{printable(trust_list)} holds no PEM certificate: a trust list is a text file of blocks "
            "-----BEGIN CERTIFICATE-----, such as C2PA-TRUST-LIST.pem of github.com/c2pa-org/conformance-public"
        )
    stamps = files("subband.forensics.provenance") / "trust_list" / LISTS[1]
    return text + "\n" + stamps.read_text("utf-8")


def settings(anchors: str) -> dict[str, Any]:
    """Settings of c2pa-python: trust these authorities, never use the network."""
    return {
        "version": 1,
        "trust": {"trust_anchors": anchors, "trust_config": "\n".join(KEY_USAGES)},
        "verify": {
            "verify_trust": True,
            "verify_timestamp_trust": True,
            "remote_manifest_fetch": False,
            "ocsp_fetch": False,
        },
    }
