"""Training pictures: groups, folds and copies; on a pack made here, and on the real one where it is."""

import io
import json
import tarfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from subband.data.decode import FileFacts
from subband.data.packs import pack
from subband.errors import DataError
from subband.forensics.evaluation.audit import audit
from subband.forensics.training.material import (
    FAMILIES,
    Item,
    folded,
    read_photographs,
    read_training_pack,
    square,
    without_copies,
)

FACTS = FileFacts(100, 64, 64, "PNG")


def item(
    name: str, *, source: str = "cameras", generated: bool = False, seed: int = 0, group: str = ""
) -> Item:
    """A picture of random blocks, so that hashes differ."""
    blocks = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    pixels = np.repeat(np.repeat(blocks, 4, 0), 4, 1)
    return Item(pixels, source, generated, group or name, False, FACTS, name)


def collection(n: int = 40) -> list[Item]:
    photographs = [item(f"p{k}", seed=k) for k in range(n)]
    generators = [name for names in FAMILIES for name in names]
    made = [
        item(f"g{k}", source=generators[k % len(generators)], generated=True, seed=1000 + k) for k in range(n)
    ]
    return photographs + made


def packed(entries: list[dict], *, manifest: bool = True) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for k, entry in enumerate(entries):
            picture = io.BytesIO()
            Image.fromarray(item("", seed=k).pixels).save(picture, "WEBP", lossless=True)
            _add(archive, "./" + entry["file"], picture.getvalue())
        if manifest:
            _add(archive, "./manifest.json", json.dumps(entries).encode())
    return content.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


def entry(file: str, path: str, original: str = "PNG") -> dict:
    return {"file": file, "source": file.rpartition("/")[0], "path": path, "original_format": original}


def test_a_pack_is_read_with_groups_and_pasts(tmp_path) -> None:
    entries = [
        entry("real/cameras/0.webp", "jpg/Canon IXUS (1).jpg", "JPEG"),
        entry("real/cameras/1.webp", "jpg/Canon IXUS (2).jpg", "JPEG"),
        entry("real/cameras/2.webp", "jpg/FLIR.jpg", "JPEG"),
        entry("generated/ldm/0.webp", "renders/an-octopus-1/ldif-1.png"),
        entry("generated/sd-1.4/0.webp", "Colors/6/a.jpg", "JPEG"),
        entry("generated/sd-1.5/0.webp", "Colors/6/b.jpg", "JPEG"),
    ]
    (tmp_path / "pack.tar").write_bytes(packed(entries))
    items = read_training_pack(tmp_path / "pack.tar")
    assert [i.source for i in items] == [
        "cameras",
        "cameras",
        "ldm",
        "sd-1.4",
        "sd-1.5",
    ]  # no thermal picture
    assert items[0].group == items[1].group
    assert items[3].group == items[4].group != items[2].group
    assert [i.encoded for i in items] == [True, True, False, True, True]
    assert [i.label for i in items] == ["real", "real", "ldm", "sd-1.4", "sd-1.5"]


def test_a_pack_without_manifest_or_with_damage_is_refused(tmp_path) -> None:
    (tmp_path / "a.tar").write_bytes(packed([entry("real/cameras/0.webp", "x.jpg")], manifest=False))
    (tmp_path / "b.tar").write_bytes(b"no tar file")
    for name in ("a.tar", "b.tar", "missing.tar"):
        with pytest.raises(DataError, match="no pack"):
            read_training_pack(tmp_path / name)


def test_folds_hold_out_families_and_whole_groups() -> None:
    items = [
        replace(i, group=f"camera {k % 9}") if not i.generated else i for k, i in enumerate(collection())
    ]
    found = folded(items)
    for names in FAMILIES:
        assert len({i.fold for i in found if i.source in names}) == 1
    by_group: dict[str, set[int]] = {}
    for i in found:
        if not i.generated:
            by_group.setdefault(i.group, set()).add(i.fold)
    assert all(len(folds) == 1 for folds in by_group.values())
    assert {i.fold for i in found} == set(range(5))


def test_folds_do_not_depend_on_what_else_there_is() -> None:
    items = collection()
    alone = {i.name: i.fold for i in folded(items[:10])}
    together = {i.name: i.fold for i in folded(items)}
    assert all(together[name] == fold for name, fold in alone.items())


def test_copies_fall_into_one_fold_or_are_dropped() -> None:
    items = collection()
    noise = np.random.default_rng(0).integers(-2, 3, items[0].pixels.shape)
    copy = replace(
        items[0], pixels=np.clip(items[0].pixels + noise, 0, 255).astype(np.uint8), name="c", group="c"
    )
    found = {i.name: i for i in folded([*items, copy])}
    assert found["c"].group == found["p0"].group
    assert found["c"].fold == found["p0"].fold
    kept, dropped = without_copies([*items, copy])
    assert dropped == 1
    assert len(kept) == len(items)


def test_the_audit_sees_copies_between_folds_and_format(rng) -> None:
    items = [replace(i, fold=k % 2) for k, i in enumerate(collection())]
    clean = audit(items, rng=rng)
    assert clean.shared == ()
    assert clean.crossed == ()
    assert clean.groups == (40, 40)
    leaking = [*items, replace(items[0], name="copy", fold=1 - items[0].fold)]
    assert audit(leaking, rng=rng).shared == (("p0", "copy"),)
    crossed = [*items, replace(items[0], name="fake", generated=True, source="ldm", group="fake")]
    assert audit(crossed, rng=rng).crossed == (("p0", "fake"),)
    by_format = [replace(i, facts=replace(FACTS, container="JPEG")) if i.generated else i for i in items]
    assert audit(by_format, rng=rng).delivered.auroc.mean == 1
    assert audit(by_format, rng=rng).treated.auroc.mean < 0.9


def test_squares_keep_the_phase_of_jpeg_blocks() -> None:
    y, x = np.mgrid[:321, :481]
    pixels = np.stack([y % 256, x % 256, 0 * x], -1).astype(np.uint8)
    cut = square(pixels, 192)
    assert cut.shape == (192, 192, 3)
    assert cut[0, 0, 0] % 16 == 0
    assert cut[0, 0, 1] % 16 == 0


def test_the_real_pack_has_its_sources(shared_data, monkeypatch) -> None:
    monkeypatch.setenv("SUBBAND_DATA", str(shared_data))
    items = read_training_pack(pack("detector_train.tar"))
    assert {i.source for i in items if i.generated} == {name for names in FAMILIES for name in names}
    assert {i.source for i in items if not i.generated} == {"cameras", "phones", "cq100"}
    kodak = read_photographs(pack("kodak.tar"), "kodak", least=256, encoded=False)
    assert len(kodak) == 24
    with pytest.raises(DataError, match="no pictures of at least 4000"):
        read_photographs(pack("kodak.tar"), "kodak", least=4000, encoded=False)
