"""What a row holds of an answer."""

import json

import pyarrow.parquet as pq

from subband.errors import UnreadableImage
from subband.forensics.judgement import Finding, Judgement, Opinion, Trace
from subband.forensics.scan.answers import Answer, reason
from subband.forensics.scan.reading import File
from subband.forensics.scan.rows import COLUMNS, encoded, row_of


def test_a_row_has_all_of_an_answer(tmp_path):
    opinion = Opinion("real", "as expected", 0.25, "real", {"real": 0.75, "gan": 0.25}, 0.5, "packets", ("gan",),
                      {"misses": 0.1}, 4)  # fmt: skip
    finding = Finding(
        "watermark", "generated", "measured", "a mark\u202e \udce9", {"agreement": float("nan")}
    )
    judgement = Judgement(
        "generated", "a mark was found", (finding,), (Trace("size", "small", True),), opinion
    )
    row = row_of("0" * 16, File(3, "a.png", b"abc"), Answer(judgement, 5, 7, "PNG"))
    (tmp_path / "table.parquet").write_bytes(encoded([row]))
    (back,) = pq.read_table(tmp_path / "table.parquet").to_pylist()
    assert back == row
    assert (back["verdict"], back["opinion"], back["probability"]) == ("generated", "real", 0.25)
    (found,) = json.loads(back["provenance"])
    assert found["details"] == {"agreement": None}
    assert found["strength"] == "measured"
    assert json.loads(back["traces"])[0]["limits"] is True
    assert json.loads(back["sources"]) == {"real": 0.75, "gan": 0.25}
    assert back["sha256"] == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_an_error_is_one_line_and_leaves_the_verdict_open():
    row = row_of("0" * 16, File(0, "a.png", b""), Answer(error="two\nlines\x1b[31m"))
    assert row["verdict"] is None
    assert row["error"] == r"two\nlines\x1b[31m"
    assert set(row) == set(COLUMNS)


def test_the_table_of_no_rows_has_all_columns(tmp_path):
    (tmp_path / "table.parquet").write_bytes(encoded([]))
    assert pq.read_table(tmp_path / "table.parquet").schema.names == list(COLUMNS)


def test_reasons_tell_bad_files_from_bugs():
    assert reason(UnreadableImage("image: truncated", "truncated")) == "truncated"
    assert "a bug in Subband" in reason(ZeroDivisionError("division\nby zero"))
    assert "--memory" in reason(MemoryError())
