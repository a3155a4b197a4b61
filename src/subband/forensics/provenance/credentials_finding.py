"""Content Credentials as a finding: the state and what the manifests say, in one sentence for a person."""

from collections.abc import Sequence
from typing import Literal

from subband.forensics.judgement import Finding, Strength
from subband.forensics.provenance.credentials import Credentials
from subband.forensics.provenance.manifests import Manifest, lineage
from subband.forensics.provenance.quoting import quoted
from subband.forensics.provenance.source_type import meaning

KIND = "content credentials"
MANIFESTS = 20


def finding_of(credentials: Credentials) -> Finding | None:
    """The finding of a file's Content Credentials; None if it has none, which says nothing.

    "signed" and an origin only if the signature is intact, its signer trusted, and the manifest that names
    the origin is of a trusted signer. A broken manifest says nothing of the origin: anybody may have moved it
    here.
    """
    state = credentials.state
    if state == "none":
        return None
    if state == "unchecked":
        text = (
            "The file carries Content Credentials, which were not checked: "
            'they need c2pa-python (pip install "subband[lab]").'
        )
        return Finding(KIND, "nothing", "claimed", text, {"state": state})
    if state == "elsewhere":
        text = (
            "The file names Content Credentials that are kept on a web server; Subband does not fetch them."
        )
        return Finding(KIND, "nothing", "claimed", text, {"state": state})
    details = {
        "state": state,
        "problems": list(credentials.problems),
        "codes": list(credentials.codes),
        "manifests": [m.to_json() for m in credentials.manifests[:MANIFESTS]],
    }
    if state == "broken":
        problems = "; ".join(credentials.problems)
        text = f"The Content Credentials of the file are broken: {problems}. They prove nothing."
        return Finding(KIND, "nothing", "claimed", text, details)
    says, source = _origin(credentials.manifests)
    strength: Strength = "signed" if state == "trusted" and (source is None or source.trusted) else "claimed"
    return Finding(KIND, says, strength, _sentence(credentials, says, source), details)


def _origin(manifests: Sequence[Manifest]) -> tuple[Literal["generated", "real", "nothing"], Manifest | None]:
    """What the manifests say of the origin, and the one that says it; one trusted for "generated" before others.

    "generated" outranks "real": a photograph with generated parts is not a photograph. "real" is said only of a
    picture that a camera took and that was edited since, not of one that is put together from parts.
    """
    generated = sorted((m for m in manifests if m.generated), key=lambda m: not m.trusted)
    if generated:
        return "generated", generated[0]
    line = lineage(manifests)
    captured = next((m for m in line if m.captured), None)
    if line and any(i["relationship"] == "componentOf" for i in line[0].ingredients):
        captured = None
    return ("real", captured) if captured else ("nothing", None)


def _sentence(credentials: Credentials, says: str, source: Manifest | None) -> str:
    active = credentials.manifests[0] if credentials.manifests else None
    signer = quoted((active and (active.issuer or active.signer)) or "nobody named")
    if credentials.state == "trusted":
        proof = f"Signed by {signer}, which is on the trust list; the signature fits the file"
    else:
        proof = (
            f"Signed by {signer}, which is not on the trust list, so anybody may have signed; "
            "the signature fits the file"
        )
    if source is None:
        return f"{proof}. The credentials do not say whether a camera or a model made it."
    words = next((meaning(s)[1] for s in source.source_types if meaning(s)[0] == says), "made by a model")
    program = source.agents[0] if source.agents else source.generator
    by = f" (program: {quoted(program)})" if program else ""
    if source.active:
        return f"{proof}. It says that the picture was {words}{by}."
    trust = "" if source.trusted or credentials.state != "trusted" else ", by a signer who is not on the list"
    return f"{proof}. It says that a part or an earlier version of it was {words}{by}{trust}."
