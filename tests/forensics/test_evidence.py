"""The rules that join provenance, traces and a detector's opinion."""

import io
from itertools import product

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from subband.errors import InvalidInput, UnreadableImage
from subband.forensics import Finding, Opinion, Trace, joined, judge

SIGNED = Finding("content credentials", "generated", "signed", "Signed by A: made by a model. It is valid.")
SIGNED_CAMERA = Finding("content credentials", "real", "signed", "Signed by B: taken by a camera.")
CLAIM = Finding("generator metadata", "generated", "claimed", "The file holds parameters of X.")
CAMERA = Finding("camera", "real", "claimed", "The file names a camera.")
MARK = Finding("watermark", "generated", "measured", "A watermark of X is in the pixels.")
NOTHING = Finding("content credentials", "nothing", "claimed", "The signature is broken.")
SMALL = Trace("jpeg quality", "The picture was compressed to quality 20.", True)
GRID = Trace("jpeg quality", "The picture was saved at quality 90.")


def opinion(verdict):
    return Opinion(
        verdict, f"net gives so much for {verdict}", 0.5, "real", {"real": 1.0}, 0.5, "net", ("x",), {}, 1
    )


@pytest.mark.parametrize(
    ("findings", "traces", "said", "verdict", "words"),
    [
        ([SIGNED], [], "real", "generated", "Signed by A: made by a model; but net calls it real"),
        ([SIGNED, CAMERA], [], None, "generated", "but the file claims the opposite"),
        ([SIGNED_CAMERA], [], "generated", "real", "taken by a camera; but net calls it generated"),
        ([SIGNED_CAMERA, MARK], [], "generated", "can't tell", "contradicts itself"),
        ([SIGNED, SIGNED_CAMERA], [], "generated", "can't tell", "contradicts itself"),
        ([SIGNED_CAMERA, CLAIM], [], None, "real", "but the file claims the opposite"),
        ([MARK], [], "can't tell", "generated", "A watermark of X"),
        ([CLAIM], [], "can't tell", "generated", "a claim of the file"),
        ([CLAIM, CAMERA], [], "generated", "generated", "but the file claims the opposite"),
        ([CAMERA], [], None, "can't tell", "no detector was asked"),
        ([CAMERA], [], "can't tell", "can't tell", "net gives"),
        (
            [CAMERA],
            [],
            "generated",
            "generated",
            "but the file claims the opposite (The file names a camera)",
        ),
        ([NOTHING], [GRID], "real", "real", "net gives so much for real"),
        ([], [GRID], "generated", "generated", "net gives"),
        ([], [SMALL], "generated", "can't tell", "quality 20; the detector alone would call it generated"),
        ([], [SMALL], "can't tell", "can't tell", "net gives"),
        ([SIGNED], [SMALL], "real", "generated", "Signed by A"),
        ([], [Trace("size", "The picture has 64×64 pixels.", True)], "real", "real", "net gives"),
        ([], [Trace("size", "Reduced.", True, {"reduced": 2})], "real", "can't tell", "Reduced"),
        ([], [], None, "can't tell", "no detector"),
    ],
)
def test_the_first_rule_that_applies_decides_and_contradictions_are_named(
    findings, traces, said, verdict, words
):
    found = joined(findings, traces, None if said is None else opinion(said))
    assert found[0] == verdict
    assert words in found[1]
    assert "\n" not in found[1]


def test_a_camera_in_the_metadata_never_makes_a_picture_real():
    unsigned = [CAMERA, Finding("digital source type", "real", "claimed", "The file says digitalCapture.")]
    for said, traces in product((None, "can't tell", "generated"), ([], [SMALL], [GRID])):
        verdict, _ = joined(unsigned, traces, None if said is None else opinion(said))
        assert verdict != "real"


class Stub:
    """Says what it was told to."""

    def __init__(self, verdict):
        self.verdict = verdict

    def judge(self, pixels, *, threshold=None):
        return opinion(self.verdict)


def png(size=(48, 40)):
    file = io.BytesIO()
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (*size[::-1], 3), dtype=np.uint8)).save(file, "PNG")
    return file.getvalue()


def test_a_file_and_its_contents_get_one_answer(tmp_path):
    (tmp_path / "a.png").write_bytes(png())
    one = judge(png(), Stub("real"))
    assert one == judge(tmp_path / "a.png", Stub("real")) == judge(str(tmp_path / "a.png"), Stub("real"))
    assert one.verdict == "real"
    assert one.opinion == opinion("real")
    assert judge(png()).opinion is None
    assert judge(png()).verdict == "can't tell"


def test_what_cannot_be_read(tmp_path):
    with pytest.raises(UnreadableImage, match=r"gone\.png: No such file"):
        judge(tmp_path / "gone.png", Stub("real"))
    with pytest.raises(UnreadableImage, match="not an image"):
        judge(b"no image", Stub("real"))


class Small(Stub):
    """Takes nothing."""

    def judge(self, pixels, *, threshold=None):
        raise InvalidInput("the image has 48×40 pixels; this detector needs at least 64×64")


def test_a_picture_that_is_too_small_for_the_detector_has_no_opinion():
    small = Small("real")
    small.chain = type("Chain", (), {"cut": 64})()
    found = judge(png(), small)
    assert (found.verdict, found.opinion) == ("can't tell", None)
    assert "at least 64×64" in found.reason
    with pytest.raises(InvalidInput):
        judge(png(), Small("real"))


def test_parameters_of_a_generator_in_the_file_decide_in_words_that_say_so():
    info, file = PngImagePlugin.PngInfo(), io.BytesIO()
    info.add_text("parameters", "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 7, Size: 48x40")
    Image.open(io.BytesIO(png())).save(file, "PNG", pnginfo=info)
    found = judge(file.getvalue(), Stub("real"))
    assert found.verdict == "generated"
    assert "a claim of the file, which any program can write" in found.reason
    assert "but net calls it real" in found.reason
    assert [finding.kind for finding in found.provenance] == ["generator metadata"]
    assert found.opinion.verdict == "real"


def test_a_name_with_a_full_stop_ends_no_sentence() -> None:
    text = "Signed by “Example Ltd. of Kent”, which is on the trust list. It says that a camera took it."
    signed = Finding("content credentials", "real", "signed", text)
    assert joined([signed], [], None)[1] == "Signed by “Example Ltd. of Kent”, which is on the trust list"
