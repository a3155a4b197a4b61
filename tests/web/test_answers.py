"""What the page says of a file: an answer, then its explanation, or one plain sentence."""

import struct
import zlib

import numpy as np
import pytest
from uploads import encoded

from subband.errors import InvalidInput, SubbandError
from subband.forensics import HubDetector
from subband.web import limits
from subband.web.answer import answers, read
from subband.web.compare import figures
from subband.web.fragments import PANELS, answer_html
from subband.web.page import Visit, _blocks, sample


def test_an_answer_comes_before_its_explanation(detector, noise):
    first, last = answers(encoded(noise), "a.png", detector)
    assert first.explanation is None
    assert first.judgement.opinion is not None
    assert last.judgement is first.judgement
    assert last.explanation is not None
    assert last.explanation.sentence.endswith(".")
    assert last.explanation.heat.shape == (72, 96)


def test_the_page_draws_a_classifier_of_transformers(tmp_path, noise):
    tiny = pytest.importorskip("tiny_pipelines", reason="the extra `hub` is not installed")
    detector = HubDetector.of(str(tiny.classifier(tmp_path)))
    *_, last = answers(encoded(noise), "a.png", detector)
    assert last.explanation is not None
    assert last.explanation.heat.shape == (72, 96)
    page = answer_html(last)
    for phrase in ("hf:", "it knows artificial", 'alt="heat map"', PANELS["bands"], PANELS["packets"]):
        assert phrase in page


def test_without_a_detector_the_file_is_still_answered(noise):
    first, last = answers(encoded(noise), "a.png", None, "train one")
    assert first.judgement.verdict == "can't tell"
    assert first.judgement.opinion is None
    assert (last.explanation, last.lacks) == (None, "train one")
    assert last.spectrum is not None


def test_a_picture_that_is_too_small_for_the_detector_is_answered(detector):
    *_, last = answers(encoded(np.zeros((9, 40, 3), np.uint8)), "a.png", detector)
    assert last.judgement.verdict == "can't tell"
    assert "at least 16×16" in last.judgement.reason
    assert (last.explanation, last.spectrum) == (None, None)


def bomb(width: int, height: int) -> bytes:
    """A small PNG that claims to be huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"no picture", "can't be read as a picture"),
        (bomb(9000, 9000), "9000 × 9000 pixels; this page takes at most 60 million"),
        (bomb(60000, 60000), "can't be read as a picture: too many pixels"),
    ],
)
def test_what_is_no_picture_for_the_page_is_said_in_one_sentence(data, says):
    with pytest.raises(InvalidInput, match=says) as caught:
        read(data, "a.png")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_too_long_is_refused(monkeypatch, noise):
    monkeypatch.setattr(limits, "MOST_BYTES", 1000)
    with pytest.raises(InvalidInput, match="this page takes at most"):
        read(encoded(noise), "a.png")


@pytest.fixture
def visit(detector, tmp_path):
    return Visit(detector, "", tmp_path / "uploads")


def upload(visit: Visit, data: bytes, name: str = "a.png") -> str:
    folder = visit.folder / "0123"
    folder.mkdir(parents=True)
    (folder / name).write_bytes(data)
    return str(folder / name)


def test_an_upload_is_deleted_when_it_is_read(visit, noise):
    path = upload(visit, encoded(noise))
    steps = list(visit.judge(path))
    assert [cleared for cleared, _ in steps] == [None, None]
    assert "sb-verdict" in steps[0][1]
    assert "sb-figures" not in steps[0][1]
    assert "sb-figures" in steps[1][1]
    assert list(visit.folder.iterdir()) == []


def test_an_upload_that_is_no_picture_is_deleted_too(visit):
    ((_, said),) = visit.judge(upload(visit, b"no picture"))
    assert 'role="alert"' in said
    assert list(visit.folder.iterdir()) == []


def test_no_file_outside_the_folder_of_uploads_is_read_or_deleted(visit, tmp_path):
    outside = tmp_path / "secret.png"
    outside.write_bytes(b"secret")
    for path in (str(outside), str(visit.folder / ".." / "secret.png")):
        with pytest.raises(SubbandError, match="no upload"):
            visit.taken(path)
    assert outside.read_bytes() == b"secret"


def test_a_comparison_waits_for_the_second_picture(visit, noise):
    ((_, said, pair),) = visit.compare(upload(visit, encoded(noise)), 0, (None, None))
    assert "Picture B is still missing" in said
    ((_, said, pair),) = visit.compare(upload(visit, encoded(noise[::-1]), "b.png"), 1, pair)
    assert "still missing" not in said
    assert "B: b.png" in said
    assert "difference" in said
    ((_, said, after),) = visit.compare(upload(visit, b"no picture"), 0, pair)
    assert 'role="alert"' in said
    assert after is pair


def test_equal_pictures_have_no_difference(detector, noise):
    *_, last = answers(encoded(noise), "a.png", detector)
    drawn = figures(last, last)
    changes = [axes.images[0].get_array() for axes in next(iter(drawn.values())).axes if axes.images]
    assert any(np.abs(np.asarray(change)).max() == 0 for change in changes)


def test_small_pictures_are_compared_without_packets(detector):
    *_, last = answers(encoded(np.zeros((20, 40, 3), np.uint8)), "a.png", detector)
    assert list(figures(last, last)) == ["Power by distance from zero frequency"]


def test_what_fails_without_foresight_is_one_sentence(visit, noise, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError("odd\npixels")

    monkeypatch.setattr(visit.detector, "judge", fail, raising=False)
    ((_, said),) = visit.judge(upload(visit, encoded(noise)))
    assert "ZeroDivisionError: odd pixels. This is a bug in Subband" in said
    assert list(visit.folder.iterdir()) == []


def test_the_sample_holds_all_frequencies():
    picture = sample()
    assert picture.dtype == np.uint8
    assert np.abs(np.diff(picture[192, :, 0].astype(int)))[-20:].max() > 100  # Nyquist at the edge
    assert np.abs(np.diff(picture[192, 180:204, 0].astype(int))).max() < 20  # slow in the middle


def test_events_that_write_one_part_of_the_page_share_a_queue(visit):
    """Gradio runs events of different queues in a random order: an earlier answer would replace a later one."""
    gradio = pytest.importorskip("gradio")

    queues = {}
    for event in _blocks(gradio, visit).fns.values():
        for output in event.outputs:
            queues.setdefault(output, set()).add(event.concurrency_id)
    shared = {output.elem_id: names for output, names in queues.items() if output.elem_id}
    assert {"answer", "comparison", "view", "row", "column"} <= shared.keys()
    assert all(len(names) == 1 for names in queues.values()), shared
