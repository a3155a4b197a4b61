"""The watermark of Stable Diffusion's scripts: a writer by the published equations as oracle, and photographs."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
import pywt
from PIL import Image

from subband.forensics.provenance import read_provenance, read_watermark
from subband.forensics.provenance.watermark import FOUND, MESSAGES, agreements


def u_of(bgr: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Y, U, V in 8 bits of (H, W, 3) BGR, as OpenCV defines them."""
    b, g, r = (bgr[..., k].astype(float) for k in range(3))
    y = np.rint(0.299 * r + 0.587 * g + 0.114 * b)
    u, v = np.rint(0.492 * (b - y)) + 128, np.rint(0.877 * (r - y)) + 128
    return y, np.clip(u, 0, 255), np.clip(v, 0, 255)


def marked(rgb: np.ndarray, message: str) -> np.ndarray:
    """A writer with PyWavelets, block by block: |v| ← (|v| // 36 + .25 + .5 bit) 36, H and V details swapped."""
    height, width = (side // 4 * 4 for side in rgb.shape[:2])
    y, u, v = u_of(rgb[..., ::-1])
    ll, (h, w, d) = pywt.dwt2(u[:height, :width], "haar")
    number = 0
    for i in range(ll.shape[0] // 4):
        for j in range(ll.shape[1] // 4):
            block = ll[4 * i : 4 * i + 4, 4 * j : 4 * j + 4].copy()
            flat = block.reshape(-1)
            k = int(np.argmax(np.abs(flat[1:]))) + 1
            size = (abs(flat[k]) // 36 + 0.25 + 0.5 * int(message[number % len(message)])) * 36
            flat[k] = np.copysign(size, flat[k])
            ll[4 * i : 4 * i + 4, 4 * j : 4 * j + 4] = block
            number += 1
    u[:height, :width] = np.clip(np.rint(pywt.idwt2((ll, (w, h, d)), "haar")), 0, 255)
    b, r = y + 2.032 * (u - 128), y + 1.140 * (v - 128)
    g = y - 0.395 * (u - 128) - 0.581 * (v - 128)
    return np.clip(np.rint(np.stack([r, g, b], -1)), 0, 255).astype(np.uint8)


def photographs(folder: Path, pack: str, only: str = "") -> list[np.ndarray]:
    with tarfile.open(folder / pack) as archive:
        members = [m for m in archive if m.isfile() and only in m.name and not m.name.endswith(".json")]
        return [np.asarray(Image.open(archive.extractfile(m)).convert("RGB")) for m in members]  # type: ignore[arg-type]


def file_of(pixels: np.ndarray, container: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, container, **options)
    return file.getvalue()


def test_messages_are_of_the_published_lengths() -> None:
    assert sorted(map(len, MESSAGES.values())) == [32, 46, 48, 136]


@pytest.mark.parametrize("writer", MESSAGES)
def test_a_mark_is_found_in_png_and_in_jpeg_of_full_colour(writer: str, rng: np.random.Generator) -> None:
    y, x = np.mgrid[0:384, 0:512]
    waves = [128 + 70 * np.sin(x / a + y / b) for a, b in ((31, 40), (22, 27), (50, 20))]
    pixels = np.clip(np.stack(waves, -1) + rng.normal(0, 4, (384, 512, 3)), 0, 255).astype(np.uint8)
    assert read_watermark(pixels) is None
    made = marked(pixels, MESSAGES[writer])
    for file in (file_of(made, "PNG"), file_of(made, "JPEG", quality=95, subsampling=0)):
        (finding,) = read_provenance(file)
        assert (finding.kind, finding.says, finding.strength) == ("watermark", "generated", "measured")
        assert finding.details["writer"] == writer
    swapped = read_watermark(made[..., ::-1].copy())  # a writer that took RGB for BGR
    assert swapped is not None


def test_few_pixels_are_not_looked_at() -> None:
    assert agreements(np.zeros((255, 256, 3), np.uint8)) == {}
    assert read_watermark(np.zeros((300, 300, 3), np.uint8)) is None
    assert read_watermark(np.zeros((8, 20000, 3), np.uint8)) is None
    assert read_watermark(np.zeros((3, 40000, 3), np.uint8)) is None


@pytest.mark.slow
def test_photographs(shared_data: Path) -> None:
    """Every writer's mark in the Kodak photographs; none in 24 + 370 + 300 photographs."""
    kodak = photographs(shared_data, "kodak.tar")
    found = {"PNG": 0, "JPEG": 0}
    for number, pixels in enumerate(kodak):
        for writer, message in MESSAGES.items():
            made = marked(pixels, message)
            jpeg = np.asarray(Image.open(io.BytesIO(file_of(made, "JPEG", quality=95, subsampling=0))))
            for name, seen in (("PNG", made), ("JPEG", jpeg)):
                share = agreements(seen)[writer]
                found[name] += share >= FOUND
                print(f"kodak {number} {writer[:20]} {name}: {share:.3f}")
    null = (
        kodak
        + photographs(shared_data, "detector_train.tar", "real/")
        + photographs(shared_data, "photos_bsds300.tar")
    )
    best = [max(agreements(pixels).values(), default=0.0) for pixels in null]
    print(f"found {found} of {4 * len(kodak)}; null of {len(null)}: largest {max(best):.3f}")
    assert min(found.values()) >= 0.95 * 4 * len(kodak)
    assert len(null) >= 500
    assert max(best) < FOUND - 0.05
