"""Mutated image files: small pictures of every container with every block of metadata, damaged at random."""

import io
import json
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent / "provenance"))

from image_files import (
    encoded,
    exif,
    hidden,
    iim,
    photoshop,
    plain,
    png,
    user_comment,
    with_chunk,
    with_segment,
    xmp,
)

CONTAINERS = ("png", "jpeg", "webp", "gif", "tiff", "bmp", "avif")
PARAMETERS = "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Model: m"
GRAPH = json.dumps({"3": {"class_type": "KSampler", "inputs": {"seed": 5, "steps": 20, "text": "cat"}}})
SOURCE = xmp(
    'e:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"',
    'xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"',
)
CAMERA = exif(
    {0x010F: "Canon", 0x0110: "EOS", 0x0112: 6},
    {0x829A: 0.01, 0x8827: 100, 0xA002: 40, 0xA003: 30, 0x9286: user_comment(PARAMETERS)},
)


def seeds() -> dict[str, list[bytes]]:
    """Whole files of each container, signed ones too where c2pa-python is installed."""
    picture = plain(72, 96)
    rgba = plain(96, 80, channels=4)
    jpeg = encoded("JPEG", picture, exif=CAMERA, xmp=SOURCE, comment=GRAPH)
    texts = png(
        {"parameters": PARAMETERS, "prompt": GRAPH, "Software": "NovelAI", "Comment": GRAPH}, exif=CAMERA
    )
    files = {
        "png": [
            texts,
            png({"parameters": PARAMETERS}, compressed=True),
            png({"XML:com.adobe.xmp": SOURCE.decode()}, international=True, compressed=True),
            encoded("PNG", hidden(PARAMETERS, b"stealth_pngcomp", rgba)),
            with_chunk(
                encoded("PNG"),
                b"tEXt",
                b"Raw profile type iptc\0\niptc\n 40\n" + iim("AI Generated").hex().encode(),
            ),
        ],
        "jpeg": [
            jpeg,
            with_segment(jpeg, 0xED, b"Photoshop 3.0\0" + photoshop(iim("AI Generated"))),
            encoded("JPEG", picture, progressive=True, subsampling=0),
            encoded("JPEG", picture[..., 0]),
        ],
        "webp": [
            encoded("WEBP", picture, exif=CAMERA, xmp=SOURCE),
            encoded("WEBP", hidden(PARAMETERS, b"stealth_pnginfo", rgba), lossless=True, exact=True),
        ],
        "gif": [encoded("GIF", picture, comment=PARAMETERS), animation()],
        "tiff": [
            encoded("TIFF", picture, exif=CAMERA, tiffinfo={700: SOURCE, 33723: iim("AI Generated")}),
            encoded("TIFF", picture, compression="tiff_lzw"),
        ],
        "bmp": [encoded("BMP", picture), encoded("BMP", picture[..., 0])],
        "avif": [encoded("AVIF", picture, exif=CAMERA, xmp=SOURCE)],
    }
    for container, file in signed_files(picture):
        files[container].append(file)
    return files


def animation() -> bytes:
    file = io.BytesIO()
    frames = [Image.fromarray(plain(24, 24, seed)) for seed in range(3)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()


def signed_files(picture: np.ndarray) -> Iterator[tuple[str, bytes]]:
    """Signed files of the containers that c2pa-python writes; none without the package."""
    try:
        from credentials import authority, signed
    except ImportError:
        return
    by = authority("Fuzz")
    for container, media in (
        ("jpeg", "image/jpeg"),
        ("png", "image/png"),
        ("webp", "image/webp"),
        ("gif", "image/gif"),
    ):
        yield container, signed(encoded(container.upper(), picture), by, media_type=media)


def mutated(seed: int, files: dict[str, list[bytes]]) -> tuple[str, bytes]:
    """A damaged file and its container; the same for the same seed and files."""
    rng = np.random.default_rng(seed)
    container = CONTAINERS[seed % len(CONTAINERS)]
    choices = files[container]
    file = bytearray(choices[rng.integers(len(choices))])
    for _ in range(rng.integers(1, 4)):
        file = MUTATIONS[rng.integers(len(MUTATIONS))](file, rng)
    if container == "png" and rng.random() < 0.5:
        file = bytearray(
            with_right_checksums(bytes(file))
        )  # or no decoder looks past the first damaged chunk
    return container, bytes(file)


def _flip(file: bytearray, rng: np.random.Generator) -> bytearray:
    for place in rng.integers(0, max(len(file), 1), rng.integers(1, 20)):
        file[place : place + 1] = bytes((int(rng.integers(256)),))
    return file


def _head(file: bytearray, rng: np.random.Generator) -> bytearray:
    """Damage near the beginning, where headers and metadata are."""
    for place in rng.integers(0, max(min(len(file), 600), 1), rng.integers(1, 8)):
        file[place : place + 1] = bytes((int(rng.integers(256)),))
    return file


def _number(file: bytearray, rng: np.random.Generator) -> bytearray:
    """An interesting number in place of a length, an offset or a count."""
    value = int(rng.choice([0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000]))
    size, order = int(rng.choice([1, 2, 4])), ("little", "big")[rng.integers(2)]
    place = int(rng.integers(0, max(len(file) - 4, 1)))
    file[place : place + size] = (value & (256**size - 1)).to_bytes(size, order)
    return file


def _cut(file: bytearray, rng: np.random.Generator) -> bytearray:
    return file[: int(rng.integers(0, len(file) + 1))]


def _remove(file: bytearray, rng: np.random.Generator) -> bytearray:
    a, b = sorted(int(k) for k in rng.integers(0, len(file) + 1, 2))
    return file[:a] + file[min(b, a + 200) :]


def _repeat(file: bytearray, rng: np.random.Generator) -> bytearray:
    a, b = sorted(int(k) for k in rng.integers(0, len(file) + 1, 2))
    return file[:b] + file[a:b] * int(rng.integers(1, 4)) + file[b:]


def _noise(file: bytearray, rng: np.random.Generator) -> bytearray:
    place = int(rng.integers(0, len(file) + 1))
    return file[:place] + rng.bytes(int(rng.integers(1, 100))) + file[place:]


MUTATIONS = (_flip, _head, _head, _number, _number, _cut, _remove, _repeat, _noise)


def with_right_checksums(file: bytes) -> bytes:
    """A PNG file whose chunks, as far as their lengths hold, have correct checksums."""
    out, start = bytearray(file[:8]), 8
    while start + 12 <= len(file):
        length = struct.unpack(">I", file[start : start + 4])[0]
        if start + 12 + length > len(file):
            break
        body = file[start + 4 : start + 8 + length]
        out += file[start : start + 4] + body + struct.pack(">I", zlib.crc32(body))
        start += 12 + length
    return bytes(out) + file[start:]
