"""Files with metadata in the form of each program, written byte by byte or by Pillow."""

import gzip
import io
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
USER_COMMENT, EXIF_DIRECTORY = 0x9286, 0x8769


def plain(height: int = 32, width: int = 48, seed: int = 0, channels: int = 3) -> np.ndarray:
    """(height, width, channels) uint8, smooth enough for JPEG."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = [128 + 60 * np.sin(x / rng.uniform(5, 9) + y / rng.uniform(5, 9)) for _ in range(channels)]
    return np.stack(planes, -1).astype(np.uint8)


def encoded(container: str = "PNG", pixels: np.ndarray | None = None, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(plain() if pixels is None else pixels).save(file, container, **options)
    return file.getvalue()


def png(
    texts: Mapping[str, str] = {}, *, compressed: bool = False, international: bool = False, **options: Any
) -> bytes:
    info = PngImagePlugin.PngInfo()
    for key, text in texts.items():
        if international:
            info.add_itxt(key, text, zip=compressed)
        else:
            info.add_text(key, text, zip=compressed)
    return encoded("PNG", pnginfo=info, **options)


def exif(picture: Mapping[int, Any] = {}, photo: Mapping[int, Any] = {}) -> bytes:
    block = Image.Exif()
    for tag, value in picture.items():
        block[tag] = value
    for tag, value in photo.items():
        block.get_ifd(EXIF_DIRECTORY)[tag] = value
    return block.tobytes()


def user_comment(text: str, order: str = "be") -> bytes:
    return b"UNICODE\0" + text.encode(f"utf-16-{order}")


def xmp(properties: str, namespaces: str) -> bytes:
    """A packet whose rdf:Description has these attributes and declares these namespaces."""
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">'
        f'<rdf:Description rdf:about="" {namespaces} {properties}/></rdf:RDF></x:xmpmeta>'
    ).encode()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunk(file: bytes, kind: bytes, data: bytes) -> bytes:
    """A PNG file with one more chunk behind its header."""
    return file[:33] + chunk(kind, data) + file[33:]


def iim(credit: str) -> bytes:
    """IPTC data sets with this credit line."""
    value = credit.encode()
    return b"\x1c\x02\x00\x00\x02\x00\x04" + b"\x1c\x02\x6e" + struct.pack(">H", len(value)) + value


def photoshop(data_sets: bytes) -> bytes:
    """Image resources: one with a name of odd length, then the data sets."""
    other = b"8BIM" + struct.pack(">H", 0x03ED) + b"\x02ab\0" + struct.pack(">I", 3) + b"xyz\0"
    return other + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(data_sets)) + data_sets


def with_segment(file: bytes, marker: int, data: bytes) -> bytes:
    """A JPEG file with one more segment behind its first two bytes."""
    return file[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data + file[2:]


def hidden(text: str, word: bytes, pixels: np.ndarray) -> np.ndarray:
    """(H, W, C) pixels with a text in their lowest bits: of alpha if there is one."""
    payload = gzip.compress(text.encode()) if word.endswith(b"comp") else text.encode()
    message = word + struct.pack(">I", 8 * len(payload)) + payload
    bits = np.unpackbits(np.frombuffer(message, np.uint8))
    out = pixels.copy()
    first = 3 if pixels.shape[2] == 4 else 0
    columns = out[..., first:].swapaxes(0, 1).reshape(-1)
    columns[: len(bits)] = columns[: len(bits)] & 0xFE | bits
    shape = (out.shape[1], out.shape[0], out.shape[2] - first)
    out[..., first:] = columns.reshape(shape).swapaxes(0, 1)
    return out
