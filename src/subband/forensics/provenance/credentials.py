"""Content Credentials (C2PA): is the manifest intact, and who signed it?

Reading is done by c2pa-python (MIT or Apache-2.0), offline: manifests kept elsewhere and revocation lists aren't
fetched. Without the package a file with credentials gets a statement that nobody checked them.

Source: C2PA Technical Specification 2.2, "Validation" (status codes).
"""

import functools
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from subband.forensics.provenance.manifests import Manifest, manifests_of
from subband.forensics.provenance.trust import anchors_of, packaged_anchors, settings
from subband.runs.lines import one_line

State = Literal["trusted", "unknown signer", "broken", "elsewhere", "unchecked", "none"]
"""*trusted*: intact, signed by somebody on the trust list. *unknown signer*: intact, signed by somebody else.
*broken*: does not belong to this file or was changed. *elsewhere*: the file only names a web address of its
manifest.
*unchecked*: there, but c2pa-python is not installed. *none*: no manifest, which says nothing."""

MEDIA_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "tiff": "image/tiff",
    "bmff": "image/avif",
}
UNTRUSTED = "signingCredential.untrusted"
EXPLANATIONS = 8

WORDS = {
    "assertion.dataHash.mismatch": "the picture was changed after it was signed",
    "assertion.bmffHash.mismatch": "the picture was changed after it was signed",
    "assertion.boxesHash.mismatch": "the picture was changed after it was signed",
    "assertion.hashedURI.mismatch": "a statement in the manifest was changed after it was signed",
    "claimSignature.mismatch": "the signature does not fit the claim",
    "claimSignature.missing": "the claim is not signed",
    "claimSignature.outsideValidity": "it was signed outside the validity of the certificate",
    "signingCredential.expired": "the signer's certificate had expired",
    "signingCredential.invalid": "the signer's certificate is not one for Content Credentials",
    "signingCredential.ocsp.revoked": "the signer's certificate was revoked",
    "assertion.action.malformed": "an action in the manifest is malformed",
    "ingredient.manifest.mismatch": "the manifest of an ingredient was changed",
    "claim.missing": "the manifest has no claim",
}


@dataclass(frozen=True)
class Credentials:
    """Content Credentials of one file.

    Attributes:
        state: see `State`.
        problems: What is broken, in words; () unless broken.
        codes: The status codes behind it, of the specification.
        manifests: The active manifest first, then those of its ingredients; () if there are none.
    """

    state: State
    problems: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    manifests: tuple[Manifest, ...] = ()


def read_credentials(data: bytes, container: str, trust_list: str | Path | None = None) -> Credentials:
    """Read and check the Content Credentials of a file.

    Args:
        data: contents of the file.
        container: as in `Metadata.container`.
        trust_list: PEM file of authorities in place of the packaged list.

    Raises:
        DataError: the trust list can't be read.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> from subband.forensics.provenance import read_credentials
        >>> file = io.BytesIO()
        >>> Image.new("RGB", (8, 8)).save(file, "PNG")
        >>> state = read_credentials(file.getvalue(), "png").state
        >>> state in ("none", "unchecked")  # the latter without c2pa-python
        True
    """
    anchors = packaged_anchors() if trust_list is None else anchors_of(trust_list)
    try:
        import c2pa
    except (ImportError, OSError):  # OSError: its library does not load on this machine
        return Credentials("unchecked")
    try:
        reader = c2pa.Reader(
            MEDIA_TYPES.get(container), io.BytesIO(data), context=_context(anchors, os.getpid())
        )
        with reader:
            store = json.loads(reader.json())
    except c2pa.C2paError as error:
        return _unreadable(error)
    except (ValueError, RecursionError) as error:
        return Credentials("broken", (f"the manifest can't be read ({type(error).__name__})",))
    return _judged(store)


@functools.lru_cache(maxsize=4)
def _context(anchors: str, _process: int) -> Any:
    """Settings of c2pa-python, made once a process: a forked one can't use those of its parent."""
    import c2pa

    return c2pa.Context(c2pa.Settings.from_dict(settings(anchors)))


def _unreadable(error: Exception) -> Credentials:
    """A store that the library gives up on: none, kept elsewhere, or damaged."""
    name, message = type(error).__name__, " ".join(str(error).split())
    if "ManifestNotFound" in name or "NotSupported" in name:
        return Credentials("none")
    if message.startswith("Remote"):  # of the library's base class
        return Credentials("elsewhere")
    return Credentials("broken", (f"the manifest can't be read ({one_line(message[:120])})",))


def _judged(store: Mapping[str, Any]) -> Credentials:
    """State of a store from its validation results."""
    manifests = manifests_of(store)
    failures = _failures(store)
    if store.get("validation_state") == "Invalid" or failures:
        words = (WORDS.get(code, one_line(f"{code}: {explanation}")) for code, explanation in failures)
        problems = tuple(dict.fromkeys(words))[:EXPLANATIONS] or ("its validation failed",)
        return Credentials("broken", problems, tuple(code for code, _ in failures[:EXPLANATIONS]), manifests)
    trusted = bool(manifests) and manifests[0].active and manifests[0].trusted
    return Credentials("trusted" if trusted else "unknown signer", (), (), manifests)


def _failures(store: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Code and explanation of what failed, but for signers who are merely unknown."""
    statuses = store.get("validation_status")
    return [
        (str(status.get("code"))[:80], str(status.get("explanation"))[:120])
        for status in (statuses if isinstance(statuses, list) else [])[:1000]
        if isinstance(status, Mapping) and status.get("code") != UNTRUSTED
    ]
