"""Images that hang a decoder, end its process or take all memory cost one row each."""

import os
import signal
import threading
import time
from dataclasses import replace

import pytest
from scanning import PLAIN, png, scanned, table
from stand_in import DIE, EAT, HANG, SLOW

from subband.errors import ScanError
from subband.forensics.scan import scan
from subband.forensics.scan.process import JudgeOrder, JudgeProcess

DANGEROUS = replace(PLAIN, judge="stand_in:dangerous", seconds=4.0, memory=1 << 28)


@pytest.fixture
def order():
    return JudgeOrder("stand_in:dangerous", "", seconds=4.0, memory=1 << 28)


@pytest.mark.slow
def test_each_harmful_image_costs_its_row_only(tmp_path, model):
    (tmp_path / "photos").mkdir()
    harm = {3: HANG, 7: DIE, 12: EAT, 13: DIE}
    for k in range(20):
        (tmp_path / "photos" / f"{k:02d}.png").write_bytes(png(k, harm.get(k)))
    (tmp_path / "photos" / "bomb.png").write_bytes(_bomb())
    rows = scanned([tmp_path / "photos"], tmp_path / "out", model, DANGEROUS)
    errors = {row["uri"][-6:-4]: row["error"] for row in rows if row["error"]}
    assert set(errors) == {"03", "07", "12", "13", "mb"}
    assert "no answer within 4 seconds" in errors["03"]
    assert "died 3 times" in errors["07"]
    assert "died 3 times" in errors["13"]
    assert "memory" in errors["12"]
    assert "too many pixels" in errors["mb"]
    assert sum(row["verdict"] is not None for row in rows) == 16


def _bomb() -> bytes:
    """A PNG that claims 60,000×60,000 pixels."""
    import struct
    import zlib

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def test_a_process_that_is_killed_from_outside_costs_nothing(order):
    judge = JudgeProcess(order)
    contents = [png(k, SLOW) for k in range(30)]
    judge.start()
    stop = threading.Event()

    def kill() -> None:
        time.sleep(0.2)
        while not stop.is_set():
            if judge.pid is not None:
                os.kill(judge.pid, signal.SIGKILL)
                return

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        answers = judge.judge(contents)
    finally:
        stop.set()
        thread.join()
        judge.close()
    assert [answer.error for answer in answers] == [None] * 30
    assert [answer.height for answer in answers] == [12 + k % 5 for k in range(30)]


def test_a_judge_that_cannot_be_made_ends_the_scan_in_one_sentence(tmp_path, model, folder):
    with pytest.raises(ScanError, match="there is no such detector") as caught:
        scan([folder], tmp_path / "out", model, replace(PLAIN, judge="stand_in:none"))
    assert "\n" not in str(caught.value)
    assert table_is_empty(tmp_path / "out")


def table_is_empty(out) -> bool:
    return not list(out.glob("*.parquet"))


def test_the_process_ends_with_its_parent(order):
    judge = JudgeProcess(order)
    judge.start()
    pid = judge.pid
    assert judge._process is not None
    assert judge._process.stdin is not None
    judge._process.stdin.close()  # what it sees when its parent is killed
    assert judge._process.wait(10) == 0
    assert pid is not None
    judge.close()


def test_a_batch_of_none_is_answered_by_none(order):
    judge = JudgeProcess(order)
    assert judge.judge([]) == []
    assert judge.pid is None


def test_rows_do_not_depend_on_how_images_are_put_together(tmp_path, model, folder):
    one = scanned([folder], tmp_path / "one", model, replace(PLAIN, part=1))
    many = scanned([folder], tmp_path / "many", model, replace(PLAIN, part=100))
    ignored = ("unit", "number")
    assert [{k: v for k, v in row.items() if k not in ignored} for row in one] == [
        {k: v for k, v in row.items() if k not in ignored} for row in many
    ]
    assert len(table(tmp_path / "one")) == 30
