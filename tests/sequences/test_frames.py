"""Frames that follow: exact where motion is, sharp, differentiable, and the command."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter
from typer.testing import CliRunner

import subband as sb
from subband.cli import app
from subband.data.sequences import moving_digits
from subband.data.video import encode_video, read_video
from subband.errors import DataError, InvalidInput
from subband.plots import beside, gif
from subband.sequences import (
    ConvGRUFrames,
    GRUFrames,
    MotionModel,
    SegmentMotion,
    gradient_energy,
    mean_squared,
    predict_frames,
    structural_similarity,
)
from subband.training import initialised


def blob(size: int = 48, at: tuple[float, float] = (24, 20), long: float = 6.0) -> np.ndarray:
    """A smooth ellipse."""
    y, x = np.mgrid[:size, :size]
    return np.exp(-((y - at[0]) ** 2) / (2 * long**2) - (x - at[1]) ** 2 / (2 * 2.5**2))


def test_a_constant_motion_goes_on_exactly() -> None:
    a = blob()
    clip = np.stack([sb.shift(a, (1.3 * k, -0.7 * k), axes=(0, 1)) for k in range(9)])
    made = predict_frames(clip[:3], 6)
    np.testing.assert_allclose(made, clip[3:], atol=5e-3)
    assert gradient_energy(made).mean() / gradient_energy(clip[3:]).mean() == pytest.approx(1, abs=0.01)


def test_each_item_has_a_motion_of_its_own() -> None:
    """The source wraps displacements for the whole batch by its first item."""
    a = blob()
    clips = np.stack(
        [[sb.shift(a, (v * k, 0.0), axes=(0, 1)) for k in range(6)] for v in (2.0, -2.0, 0.0)]
    ).astype(np.float32)
    made = SegmentMotion(1, 0, rotation=False)(torch.from_numpy(clips[:, :3]), 3)
    np.testing.assert_allclose(made.numpy(), clips[:, 3:], atol=5e-3)


def test_turns_are_followed() -> None:
    a = blob(at=(23.5, 23.5))
    clip = np.stack([sb.rotate(a, 0.06 * k) for k in range(8)])
    turning = predict_frames(clip[:4], 4, rotation=True)
    still = predict_frames(clip[:4], 4)
    assert mean_squared(turning, clip[4:]).mean() < 0.2 * mean_squared(still, clip[4:]).mean()


def test_two_objects_have_two_motions() -> None:
    a, b = blob(64, (16, 16), 3.0), blob(64, (46, 44), 3.0)
    clip = np.stack(
        [
            sb.shift(a, (1.0 * k, 0.5 * k), axes=(0, 1)) + sb.shift(b, (-1.0 * k, -0.5 * k), axes=(0, 1))
            for k in range(8)
        ]
    )
    two, one = predict_frames(clip[:4], 4, objects=2), predict_frames(clip[:4], 4)
    assert mean_squared(two, clip[4:]).mean() < 0.1 * mean_squared(one, clip[4:]).mean()


def test_colours_move_together() -> None:
    a = np.stack([blob(), 0.5 * blob(), 0 * blob()], -1)
    clip = np.stack(
        [np.stack([sb.shift(a[..., c], (k, 2.0 * k), axes=(0, 1)) for c in range(3)], -1) for k in range(5)]
    )
    np.testing.assert_allclose(predict_frames(clip[:3], 2), clip[3:], atol=5e-3)


def test_sizes_are_the_sources() -> None:
    def count(model: torch.nn.Module) -> int:
        return sum(p.numel() for p in model.parameters())

    ours, theirs = count(SegmentMotion(1)), count(GRUFrames((64, 64)))
    assert (ours, theirs) == (32_403, 1_673_096)
    assert ours < theirs / 50
    assert count(SegmentMotion(1, 0)) == 0


@pytest.mark.parametrize(
    "model",
    [SegmentMotion(2, 8), GRUFrames((24, 24), 8), ConvGRUFrames(4, 3)],
    ids=lambda m: type(m).__name__,
)
def test_models_learn(model) -> None:
    digits = np.zeros((4, 12, 12), dtype=np.uint8)
    digits[:, 3:9, 4:7] = 200
    clips = torch.from_numpy(moving_digits(digits, 4, 6, np.random.default_rng(0), size=24, count=2))
    made = model(clips[:, :3], 3)
    assert made.shape == (4, 3, 24, 24)
    (made - clips[:, 3:]).square().mean().backward()
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


def test_corrections_learn_an_acceleration() -> None:
    """Speeds that grow are beyond the measured motion, and are learnt."""
    a = blob(32, (16, 12), 3.0)
    clip = torch.from_numpy(
        np.stack([[sb.shift(a, (0.0, s + 0.25 * k**2), axes=(0, 1)) for k in range(7)] for s in (0.0, 3.0)])
    ).float()
    with initialised(0):
        model = SegmentMotion(1, 16, rotation=False)
    optimizer, losses = torch.optim.Adam(model.parameters(), 1e-2), []
    for _ in range(60):
        optimizer.zero_grad()
        loss = (model(clip[:, :4], 3) - clip[:, 4:]).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]


def test_scores_know_blur() -> None:
    a = np.stack([blob(), np.flip(blob(), 1)])
    blurred = gaussian_filter(a, (0, 1.5, 1.5))
    assert (mean_squared(a, a) == 0).all()
    np.testing.assert_allclose(structural_similarity(a, a), 1)
    assert (structural_similarity(blurred, a) < 1).all()
    assert (gradient_energy(blurred) < gradient_energy(a)).all()
    with pytest.raises(InvalidInput, match="can't be compared"):
        mean_squared(a, a[:1])


@pytest.mark.parametrize("cell", ["gru", "complex"])
def test_motion_models_go_on_from_their_own_output(cell: str) -> None:
    with initialised(0):
        model, x = MotionModel(5, 6, cell=cell), torch.randn(3, 8, 5)
    y = model(x, 4)
    assert y.shape == (3, 4, 5)
    torch.testing.assert_close(model(torch.cat([x, y[:, :1]], 1), 3), y[:, 1:])
    y.sum().backward()
    assert all(p.grad is not None for p in model.parameters())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: predict_frames(np.ones((1, 8, 8)), 2), "two frames or more"),
        (lambda: predict_frames(np.full((3, 8, 8), np.nan), 2), "NaN"),
        (lambda: predict_frames(np.ones((3, 8)), 2), "give .T, H, W."),
        (lambda: predict_frames(np.ones((3, 8, 8)), 0), "horizon=0"),
        (lambda: predict_frames(np.ones((3, 8, 8, 3)), 1, objects=2), "grey frames"),
        (lambda: SegmentMotion(0), "objects=0"),
        (lambda: MotionModel(0, 3), "features=0"),
        (lambda: gif([]), "none came"),
        (lambda: beside({"a": np.ones((2, 4, 4)), "b": np.ones((2, 5, 4))}), "need one shape"),
    ],
)
def test_what_is_wrong_is_explained(call, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        call()


def _moving_gif(path, count: int = 30) -> None:
    a = blob(40, (20, 10), 4.0)
    frames = [sb.shift(a, (0.0, 1.0 * k), axes=(0, 1)).clip(0, 1) for k in range(count)]
    path.write_bytes(gif([np.round(255 * f).astype(np.uint8) for f in frames], rate=10))


def test_videos_are_read_and_written(tmp_path) -> None:
    _moving_gif(tmp_path / "a.gif")
    frames, rate = read_video(tmp_path / "a.gif")
    assert frames.shape == (30, 40, 40, 3)
    assert rate == pytest.approx(10)
    pytest.importorskip("av", reason="PyAV is not installed: pip install 'subband[video]'")
    (tmp_path / "a.mp4").write_bytes(encode_video(frames, 10))
    again, rate = read_video(tmp_path / "a.mp4")
    assert again.shape == frames.shape
    assert rate == pytest.approx(10)
    assert np.abs(again.astype(int) - frames).mean() < 8


def test_files_that_are_no_videos_are_explained(tmp_path) -> None:
    Image.new("L", (8, 8)).save(tmp_path / "one.gif")
    (tmp_path / "text.gif").write_text("no picture")
    for name, message in (
        ("one.gif", "two or more"),
        ("text.gif", "no animated picture"),
        ("none.gif", "give a file"),
    ):
        with pytest.raises(DataError, match=message):
            read_video(tmp_path / name)


def test_the_command_shows_truth_prediction_and_gru(tmp_path) -> None:
    _moving_gif(tmp_path / "a.gif")
    words = [
        "predict",
        str(tmp_path / "a.gif"),
        "--gru-steps",
        "3",
        "--out",
        str(tmp_path / "p.gif"),
        "--json",
    ]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["start"] == 24
    assert found["models"]["shifts"]["mse"] < 1e-3 < found["models"]["GRU"]["mse"]
    with Image.open(tmp_path / "p.gif") as animation:
        assert animation.n_frames == 6
    done = CliRunner().invoke(app, ["predict", str(tmp_path / "a.gif"), "--start", "29"])
    assert done.exit_code == 2
    assert "--start must be 4 … 24" in done.output
