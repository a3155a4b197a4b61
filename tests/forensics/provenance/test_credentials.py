"""Content Credentials: signed here by authorities made here; every state."""

import builtins
import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("c2pa", reason="c2pa-python is not installed")
pytest.importorskip("cryptography", reason="cryptography makes the certificates")

from credentials import C2PA_SIGNING, CAPTURE, TRAINED, Authority, authority, signed
from cryptography.x509.oid import ObjectIdentifier
from image_files import encoded, plain, png
from PIL import Image

from subband.errors import DataError
from subband.forensics.provenance import read_credentials, read_provenance
from subband.forensics.provenance.trust import LISTS, anchors_of, packaged_anchors

MEDIA = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "GIF": "image/gif",
}


@pytest.fixture(scope="module")
def acme() -> Authority:
    return authority("Acme Cameras")


@pytest.fixture(scope="module")
def painter() -> Authority:
    return authority("Painter Inc", C2PA_SIGNING)


@pytest.fixture(scope="module")
def trusting(acme: Authority, painter: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trust list of both."""
    path = tmp_path_factory.mktemp("trust") / "list.pem"
    path.write_text(acme.root + painter.root)
    return path


def test_a_trusted_signer(acme: Authority, trusting: Path) -> None:
    for container, media_type in MEDIA.items():
        file = signed(encoded(container), acme, media_type=media_type)
        (finding,) = read_provenance(file, trust_list=trusting)
        assert (finding.kind, finding.says, finding.strength) == (
            "content credentials",
            "generated",
            "signed",
        )
        assert finding.details["state"] == "trusted"
        assert "“Acme Cameras”" in finding.text
        assert "painter-3" in finding.text
        manifest = finding.details["manifests"][0]
        assert manifest["issuer"] == "Acme Cameras"
        assert manifest["claim generator"] == "Made-up Painter 1.2"
        assert manifest["software agents"] == ["painter-3"]
        assert manifest["digital source types"] == [TRAINED]
        json.dumps(finding.details)


def test_a_signer_who_is_not_on_the_list(acme: Authority) -> None:
    (finding,) = read_provenance(signed(encoded("JPEG"), acme))
    assert (finding.says, finding.strength) == ("generated", "claimed")
    assert finding.details["state"] == "unknown signer"
    assert "not on the trust list" in finding.text


@pytest.mark.parametrize(
    "usage",
    ["1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "1.3.6.1.4.1.62558.2.1", "1.3.6.1.4.1.311.76.59.1.9"],
)
def test_every_key_usage_of_the_field_is_accepted(usage: str, tmp_path: Path) -> None:
    by = authority("Any", ObjectIdentifier(usage))
    (tmp_path / "list.pem").write_text(by.root)
    file = signed(encoded("JPEG"), by)
    assert read_credentials(file, "jpeg", tmp_path / "list.pem").state == "trusted"


def test_pixels_changed_after_signing(acme: Authority, trusting: Path) -> None:
    file = signed(encoded("JPEG", plain(64, 64)), acme)
    place = len(file) - 40
    broken = file[:place] + bytes((file[place] ^ 1,)) + file[place + 1 :]
    (finding,) = read_provenance(broken, trust_list=trusting)
    assert (finding.says, finding.strength) == ("nothing", "claimed")
    assert finding.details["state"] == "broken"
    assert finding.details["codes"] == ["assertion.dataHash.mismatch"]
    assert "changed after it was signed" in finding.text


def test_a_statement_changed_after_signing(acme: Authority, trusting: Path) -> None:
    file = signed(encoded("JPEG"), acme)
    assert file.count(b"painter-3") == 1
    (finding,) = read_provenance(file.replace(b"painter-3", b"painter-4"), trust_list=trusting)
    assert finding.details["state"] == "broken"
    assert "statement in the manifest was changed" in finding.text


def test_a_signature_that_does_not_fit(acme: Authority, trusting: Path) -> None:
    file = signed(encoded("JPEG"), acme)
    assert file.count(b"Made-up Painter") == 1
    (finding,) = read_provenance(file.replace(b"Made-up Painter", b"Made-up Printer"), trust_list=trusting)
    assert finding.details["state"] == "broken"
    assert "signature" in finding.text


def test_credentials_moved_to_another_picture(acme: Authority, trusting: Path) -> None:
    file = signed(png(), acme, media_type="image/png")
    start = file.index(b"caBX") - 4
    length = int.from_bytes(file[start : start + 4]) + 12
    other = encoded("PNG", plain(seed=1))
    (finding,) = read_provenance(other[:33] + file[start : start + length] + other[33:], trust_list=trusting)
    assert finding.details["state"] == "broken"


def test_signed_again_by_an_editor(
    acme: Authority, painter: Authority, trusting: Path, tmp_path: Path
) -> None:
    first = signed(encoded("JPEG"), painter, source_type=TRAINED, agent="model-x")
    second = signed(first, acme, source_type=None, agent=None, generator="Editor", ingredient=first)
    (finding,) = read_provenance(second, trust_list=trusting)
    assert (finding.says, finding.strength) == ("generated", "signed")
    assert "earlier version" in finding.text
    active, ingredient = finding.details["manifests"]
    assert active["active"]
    assert active["ingredients"][0]["relationship"] == "parentOf"
    assert (ingredient["issuer"], ingredient["trusted"]) == ("Painter Inc", True)

    (tmp_path / "editor.pem").write_text(acme.root)  # the first signer is unknown: its word is a claim
    (claim,) = read_provenance(second, trust_list=tmp_path / "editor.pem")
    assert claim.details["state"] == "trusted"
    assert (claim.says, claim.strength) == ("generated", "claimed")
    assert "who is not on the list" in claim.text


def test_a_photograph_that_was_edited(acme: Authority, painter: Authority, trusting: Path) -> None:
    photo = signed(encoded("JPEG"), acme, source_type=CAPTURE, agent=None, generator="Camera")
    (finding,) = read_provenance(photo, trust_list=trusting)
    assert (finding.says, finding.strength) == ("real", "signed")
    edited = signed(photo, painter, source_type=None, agent=None, ingredient=photo)
    (finding,) = read_provenance(edited, trust_list=trusting)
    assert (finding.says, finding.strength) == ("real", "signed")
    collage = signed(
        encoded("JPEG"), painter, source_type=None, agent=None, ingredient=photo, relationship="componentOf"
    )
    (finding,) = read_provenance(collage, trust_list=trusting)
    assert finding.says == "nothing"


def test_re_encoding_loses_them(acme: Authority) -> None:
    file = signed(encoded("JPEG"), acme)
    again = io.BytesIO()
    Image.open(io.BytesIO(file)).save(again, "JPEG")
    assert read_provenance(again.getvalue()) == ()
    assert read_credentials(again.getvalue(), "jpeg").state == "none"


def test_a_damaged_store(acme: Authority) -> None:
    file = signed(encoded("JPEG"), acme)
    place = file.index(b"c2pa.assertions")
    (finding,) = read_provenance(file[:place] + b"\xff" * 15 + file[place + 15 :])
    assert finding.details["state"] == "broken"
    assert finding.says == "nothing"


def test_credentials_kept_elsewhere_are_not_fetched(acme: Authority) -> None:
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="http://127.0.0.1:9/a.c2pa"/>'
        "</rdf:RDF></x:xmpmeta>"
    )
    (finding,) = read_provenance(encoded("JPEG", xmp=packet.encode()))
    assert finding.details["state"] == "elsewhere"
    assert finding.says == "nothing"


def test_without_the_package(acme: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *args: object, **kwargs: object) -> object:
        if name.split(".")[0] == "c2pa":
            raise ImportError(name)
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    file = signed(encoded("JPEG"), acme)
    monkeypatch.setattr(builtins, "__import__", missing)
    (finding,) = read_provenance(file)
    assert finding.details == {"state": "unchecked"}
    assert "pip install" in finding.text
    assert read_provenance(encoded("JPEG")) == ()


def test_trust_lists(tmp_path: Path, shared_data: Path) -> None:
    for name in LISTS:
        assert (shared_data / "c2pa" / name).read_text() in packaged_anchors()
    with pytest.raises(DataError, match=r"can't read the trust list .*none\.pem: No such file"):
        anchors_of(tmp_path / "none.pem")
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(DataError, match="holds no PEM certificate"):
        anchors_of(tmp_path / "empty.pem")


def test_an_assertion_of_generated_content(acme: Authority, trusting: Path) -> None:
    content = {"model": "flux", "prompt": "x" * 10_000, "ai_generated": True}
    also = ({"label": "c2pa.ai_generated_content", "data": content},)
    empty = "http://c2pa.org/digitalsourcetype/empty"
    file = signed(encoded("JPEG"), acme, source_type=empty, agent=None, also=also)
    (finding,) = read_provenance(file, trust_list=trusting)
    assert (finding.says, finding.strength) == ("generated", "signed")
    ai = finding.details["manifests"][0]["ai"]
    assert ai["model"] == "flux"
    assert len(ai["prompt"]) == 2000


def test_many_threads_read_at_once(acme: Authority, trusting: Path) -> None:
    file = signed(encoded("JPEG"), acme)
    with ThreadPoolExecutor(8) as pool:
        states = pool.map(lambda _: read_credentials(file, "jpeg", trusting).state, range(64))
    assert set(states) == {"trusted"}


def test_noise_after_the_marker_is_no_manifest(rng: np.random.Generator) -> None:
    assert read_provenance(encoded("JPEG") + b"c2pa" + rng.bytes(100)) == ()
