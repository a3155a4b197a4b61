"""Files that would cost time or memory: bombs, loops, depths. Every one is answered at once."""

import json
import struct
import time
import zlib
from functools import cache

import numpy as np
from image_files import chunk, encoded, plain, png, with_chunk, with_segment

import peak_memory
from subband.forensics.metadata import read_metadata
from subband.forensics.metadata.bounds import BLOCK_BYTES, FILE_BYTES, json_object, shown
from subband.forensics.provenance import read_provenance

TIMES, MEGABYTES = 40, 120
"""As long as an honest file with as much metadata as is read; the costliest here takes some 8 times as long."""


@cache
def honest() -> float:
    """Processor seconds for a file whose text inflates to nearly all that is read."""
    text = zlib.compress(bytes(range(32, 96)) * ((FILE_BYTES - BLOCK_BYTES) // 64), 9)
    file = with_chunk(encoded("PNG"), b"zTXt", b"parameters\0\0" + text)
    return min(seconds(file)[0] for _ in range(3))


def seconds(file: bytes) -> tuple[float, tuple]:
    """Processor seconds, and the findings."""
    start = time.process_time()
    findings = read_provenance(file, pixels=plain())
    return time.process_time() - start, findings


def cheap(file: bytes) -> tuple:
    """The findings of a file, which must take little time and memory."""
    limit, peak = TIMES * honest(), peak_memory.restart()
    taken, findings = seconds(file)
    assert taken < limit
    assert peak() < MEGABYTES
    json.dumps([finding.details for finding in findings])
    return findings


def test_a_text_that_inflates_without_end() -> None:
    bomb = zlib.compress(bytes(200 << 20), 9)
    file = with_chunk(encoded("PNG"), b"zTXt", b"parameters\0\0" + bomb)
    assert cheap(file) == ()
    many = encoded("PNG")
    for _ in range(20):
        many = with_chunk(many, b"iTXt", b"prompt\0\1\0\0\0" + bomb)
    assert cheap(many) == ()
    assert sum(len(text) for _, text in read_metadata(many).texts) <= FILE_BYTES


def test_json_that_nests_without_end() -> None:
    assert cheap(png({"prompt": '{"a":' * 200_000})) == ()
    assert cheap(png({"prompt": '{"1": {"class_type": ' + "[" * 200_000})) == ()
    assert json_object("[" * 10**6) is None
    assert json_object('{"a": ' + "9" * 10_000 + "}") is None  # an integer beyond Python's limit of digits
    assert json_object('{"a": NaN, "b": Infinity}') == {"a": "NaN", "b": "Infinity"}


def test_values_of_json_are_cut() -> None:
    graph = {"1": {"class_type": "KSampler", "inputs": {"seed": 10**30, "text": "x" * 10**6}}}
    (finding,) = cheap(png({"prompt": json.dumps(graph)}))
    assert len(json.dumps(finding.details)) < 10_000
    assert shown(float("nan")) == "nan"
    assert shown("\ud800") == "?"


def test_a_prompt_that_is_hard_for_patterns() -> None:
    for text in (
        "Steps: 1, " * 50_000,
        "Steps: 1, Sampler: " + '"' * 100_000,
        "A" * 10**6,
        "Steps: 1, " + "A: " * 30_000,
    ):
        cheap(png({"parameters": text}))
        cheap(png({"Dream": "-s 1 " * 100_000}))
        cheap(png({"Description": "Job ID: " * 100_000}))


def test_xml_that_grows_or_nests() -> None:
    lol = b'<!DOCTYPE a [<!ENTITY l "lol">' + b"".join(
        f'<!ENTITY l{k} "{"&l" * 1}{k - 1 or ""};{"&l" * 1}{k - 1 or ""};">'.encode() for k in range(1, 30)
    )
    assert cheap(encoded("JPEG", xmp=lol + b"]><a>&l29;</a>")) == ()
    assert cheap(png({"XML:com.adobe.xmp": "<a>" * 200_000}, international=True)) == ()
    flood = "<a xmlns='b'>" + "<c>x</c>" * 100_000 + "</a>"
    assert cheap(png({"XML:com.adobe.xmp": flood}, international=True)) == ()
    wide = "<a " + " ".join(f"xmlns:n{k}='u{k}' n{k}:x='1'" for k in range(20_000)) + "/>"
    assert cheap(png({"XML:com.adobe.xmp": wide}, international=True)) == ()


def tiff(entries: list[tuple[int, int, int, int]], tail: bytes = b"") -> bytes:
    body = struct.pack("<2sHIH", b"II", 42, 8, len(entries) & 0xFFFF)
    return body + b"".join(struct.pack("<HHII", *entry) for entry in entries) + bytes(4) + tail


def test_exif_whose_entries_share_one_large_value() -> None:
    block = tiff([(tag, 2, 2**24, 8) for tag in range(500)], b"x" * (3 << 20))
    cheap(with_chunk(encoded("PNG"), b"eXIf", block))
    cheap(with_chunk(encoded("PNG"), b"eXIf", tiff([(tag, 5, 2**31, 8) for tag in range(65535)])))


def test_exif_that_points_at_itself_or_nowhere() -> None:
    loop = (
        struct.pack("<2sHIH", b"II", 42, 8, 1) + struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<I", 8)
    )
    for block in (
        loop,
        tiff([(0x8769, 4, 1, 2**32 - 1)]),
        tiff([(0x8769, 2, 4, 0)]),
        tiff([(0x0201, 4, 1, 0), (0x0202, 4, 1, 2**32 - 1)]),
        b"II*\0\xff\xff\xff\xff",
        b"MM\0*",
        b"II*\0\x08\0\0\0\xff\xff",
    ):
        for file in (
            with_chunk(encoded("PNG"), b"eXIf", block),
            with_segment(encoded("JPEG"), 0xE1, b"Exif\0\0" + block),
        ):
            cheap(file)


def test_containers_that_lie_about_lengths() -> None:
    gif = encoded("GIF")
    avif = encoded("AVIF")
    for file in (
        encoded("PNG")[:33] + struct.pack(">I", 2**32 - 1) + b"tEXt",
        encoded("PNG")[:33] + chunk(b"tEXt", b"") * 100_000,
        encoded("JPEG")[:2] + b"\xff" * 10**6,
        encoded("JPEG")[:2] + b"\xff\xe1\x00\x02" * 10**5,
        encoded("JPEG")[:2] + b"\xff\xe1\x00\x00",
        b"RIFF\xff\xff\xff\xffWEBP" + b"EXIF\xff\xff\xff\xff",
        b"RIFF\0\0\0\0WEBP" + b"EXIF\0\0\0\0" * 10**5,
        gif[:13] + b"!\xfe" + b"\xffx" * 10**6,
        gif[:10] + b"\xff" + gif[11:],
        avif.replace(b"iloc", b"iloc\xff\xff", 1),
        avif.replace(b"iinf", b"iinf\xff\xff", 1),
        b"\0\0\0\0ftypavif" + b"\0\0\0\x08meta" * 10**5,
        b"\0\0\0\x01ftyp" + b"\xff" * 100,
        b"BM",
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"GIF89a",
        b"II*\0",
    ):
        cheap(file)


def test_a_large_file_is_not_read_twice() -> None:
    file = encoded("PNG", np.zeros((8, 8, 3), np.uint8)) + bytes(BLOCK_BYTES * 8)
    assert cheap(file) == ()
