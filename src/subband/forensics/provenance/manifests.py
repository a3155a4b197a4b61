"""What the manifests of a C2PA store say: sources, programs and signers, of the picture and of its ingredients."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from subband.forensics.metadata.bounds import shown
from subband.forensics.provenance.source_type import meaning

MANIFESTS, ASSERTIONS, ACTIONS, INGREDIENTS = 200, 200, 500, 200
INGREDIENT = {"title": "title", "relationship": "relationship", "manifest": "active_manifest"}


@dataclass(frozen=True)
class Manifest:
    """One manifest of a store.

    Attributes:
        label: Its URN.
        active: Whether it is the manifest of the picture itself, not of an ingredient.
        trusted: Whether its signer is on the trust list.
        issuer: Organisation in the signer's certificate, "" if unknown.
        signer: Common name in the signer's certificate.
        generator: Program that made the claim, with its version.
        agents: Programs that did the actions.
        source_types: Digital source types of its actions.
        ai: The assertion "c2pa.ai_generated_content" or similar, as found.
        ingredients: Title, relationship and manifest ("" if it has none) of its ingredients.

    Example:
        >>> from subband.forensics.provenance import Manifest
        >>> made = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
        >>> manifest = Manifest(
        ...     "urn:c2pa:1", active=True, trusted=True, issuer="Example Ltd", signer="Example",
        ...     generator="Painter 2", agents=("Painter",), source_types=(made,), ai={}, ingredients=(),
        ... )
        >>> manifest.generated, manifest.captured
        (True, False)
    """

    label: str
    active: bool
    trusted: bool
    issuer: str
    signer: str
    generator: str
    agents: tuple[str, ...]
    source_types: tuple[str, ...]
    ai: Mapping[str, Any]
    ingredients: tuple[Mapping[str, str], ...]

    @property
    def generated(self) -> bool:
        """Whether any of its source types, or its own assertion, says that a model or algorithm made it."""
        return (
            any(meaning(s)[0] == "generated" for s in self.source_types)
            or self.ai.get("ai_generated") is True
        )

    @property
    def captured(self) -> bool:
        """Whether a source type says that a camera took it."""
        return any(meaning(s)[0] == "real" for s in self.source_types)

    def to_json(self) -> dict[str, Any]:
        """JSON values for a finding's details."""
        plain = {
            "active": self.active,
            "trusted": self.trusted,
            "issuer": self.issuer,
            "signer": self.signer,
            "claim generator": self.generator,
            "software agents": list(self.agents),
            "digital source types": list(self.source_types),
            "ingredients": [dict(i) for i in self.ingredients],
        }
        return plain | ({"ai": dict(self.ai)} if self.ai else {})


def manifests_of(store: Mapping[str, Any]) -> tuple[Manifest, ...]:
    """All manifests of a store as c2pa-python writes it in JSON; the active one first."""
    active = store.get("active_manifest")
    found = list(_objects(store.get("manifests")).items())[:MANIFESTS]
    found.sort(key=lambda item: item[0] != active)
    trusted = set(_trusted(store.get("validation_results")))
    return tuple(_manifest(label, body, label == active, label in trusted) for label, body in found)


def lineage(manifests: Sequence[Manifest]) -> tuple[Manifest, ...]:
    """The active manifest, that of the picture it was edited from, and so on; it ends where parts are put together.

    Only along this line does "taken by a camera" hold for the whole picture.
    """
    by_label = {m.label: m for m in manifests}
    line: list[Manifest] = []
    current = next((m for m in manifests if m.active), None)
    while current is not None and current not in line:
        line.append(current)
        parents = [i for i in current.ingredients if i["relationship"] == "parentOf"]
        alone = len(parents) == 1 and all(i["relationship"] != "componentOf" for i in current.ingredients)
        current = by_label.get(parents[0]["manifest"]) if alone else None
    return tuple(line)


def _manifest(label: str, body: Mapping[str, Any], active: bool, trusted: bool) -> Manifest:
    signature = _object(body.get("signature_info"))
    actions, ai = [], {}
    for assertion in _list(body.get("assertions"), ASSERTIONS):
        name, data = str(assertion.get("label")), _object(assertion.get("data"))
        if name.startswith("c2pa.actions"):
            actions += _list(data.get("actions"), ACTIONS) + _list(data.get("templates"), ACTIONS)
        elif "ai_generated" in name or data.get("ai_generated") is True:
            ai = {str(key)[:80]: shown(value) for key, value in list(data.items())[:20]}
    types = [
        a.get("digitalSourceType") or _object(a.get("parameters")).get("digitalSourceType") for a in actions
    ]
    agents = [_program(a.get("softwareAgent")) for a in actions]
    return Manifest(
        label=shown(label),
        active=active,
        trusted=trusted,
        issuer=shown(str(signature.get("issuer") or "")),
        signer=shown(str(signature.get("common_name") or "")),
        generator=_generator(body),
        agents=tuple(dict.fromkeys(agent for agent in agents if agent)),
        source_types=tuple(dict.fromkeys(shown(t) for t in types if isinstance(t, str))),
        ai=ai,
        ingredients=tuple(
            {key: shown(str(i.get(field) or "")) for key, field in INGREDIENT.items()}
            for i in _list(body.get("ingredients"), INGREDIENTS)
        ),
    )


def _generator(body: Mapping[str, Any]) -> str:
    """Claim generator: a list of programs (claims of version 2), or one line of text (version 1)."""
    programs = [_program(p) for p in _list(body.get("claim_generator_info"), 8)]
    return ", ".join(p for p in programs if p) or shown(str(body.get("claim_generator") or ""))


def _program(program: Any) -> str:
    """Name and version of a program, given as an object or as text."""
    if isinstance(program, Mapping):
        return shown(" ".join(str(program[k]) for k in ("name", "version") if program.get(k)))
    return shown(program) if isinstance(program, str) else ""


def _trusted(results: Any) -> Iterator[str]:
    """Labels of the manifests whose signer is trusted, from all validation results, those of ingredients too."""
    results = _object(results)
    parts = [_object(results.get("activeManifest"))]
    parts += [
        _object(delta.get("validationDeltas"))
        for delta in _list(results.get("ingredientDeltas"), INGREDIENTS)
    ]
    for status in (s for part in parts for s in _list(part.get("success"), 1000)):
        if status.get("code") == "signingCredential.trusted":
            yield str(status.get("url")).removeprefix("self#jumbf=/c2pa/").partition("/")[0]


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: Any) -> Mapping[str, Mapping[str, Any]]:
    return {key: body for key, body in _object(value).items() if isinstance(body, Mapping)}


def _list(value: Any, most: int) -> list[Mapping[str, Any]]:
    """The first `most` objects of a list."""
    return [item for item in value[:most] if isinstance(item, Mapping)] if isinstance(value, list) else []
