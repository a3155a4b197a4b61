"""Claims about sequences at tiny sizes: their parts, equal parameters, and what is made of their numbers."""

import numpy as np
import pytest
import torch

from subband.errors import InvalidInput
from subband.experiments import EXPERIMENTS
from subband.experiments.claims import (
    complex_memory_adding,
    complex_motion,
    frame_prediction,
    learned_compression,
    quadcopter,
    spectral_rnn,
)
from subband.experiments.methods.sequence_training import Curve, train_steps
from subband.plots import (
    complex_surfaces,
    error_over_time,
    flight,
    flight_frames,
    frame_rows,
    loss_curves,
    png,
    pose_frames,
    series,
)

CLAIMS = (
    complex_memory_adding,
    complex_motion,
    frame_prediction,
    learned_compression,
    quadcopter,
    spectral_rnn,
)


def test_the_claims_are_registered() -> None:
    assert {module.CLAIM.name for module in CLAIMS} <= set(EXPERIMENTS)


@pytest.mark.slow
def test_a_training_ends_after_its_share_or_when_solved() -> None:
    model = torch.nn.Linear(2, 1)
    x = torch.randn(20, 2)

    def loss(k: int) -> torch.Tensor:
        return (model(x) - x.sum(1, keepdim=True)).square().mean()

    assert len(train_steps(model, loss, steps=9, cpu_seconds=100).losses) == 9
    assert len(train_steps(model, loss, steps=10**6, cpu_seconds=1e-6).losses) == 4
    solved = train_steps(model, loss, steps=5000, cpu_seconds=100, rate=1e-2, done_below=0.01)
    assert len(solved.losses) < 5000
    assert solved.solved_at(0.01) < len(solved.losses)
    assert Curve(np.ones(60), 0.1, 60).solved_at(0.5) == np.inf


def test_networks_have_about_as_many_parameters_as_the_sources() -> None:
    sizes = {n: complex_memory_adding.parameters(n, "adding") for n in complex_memory_adding.SIZES}
    for name in ("cgRNN", "GRU", "LSTM"):
        assert 36_000 < sizes[name] < 48_000, sizes
    real, complex_ = (complex_motion.parameters(70, n, cell) for cell, n in complex_motion.HIDDEN.items())
    assert abs(complex_ / real - 1) < 0.05


def test_the_digit_network_is_no_larger_than_the_sources() -> None:
    def count(layer: str) -> int:
        return sum(p.numel() for p in learned_compression.DigitNet(layer).parameters())

    assert count("dense") == 550_094
    assert count("wavelet") <= count("wavelet, free bank") <= 45_955


@pytest.mark.parametrize("task", ["memory", "adding"])
@pytest.mark.parametrize("name", complex_memory_adding.SIZES)
def test_memory_and_adding_take_steps(task: str, name: str) -> None:
    curve = complex_memory_adding.learn(task, name, 0, 1e-3, 4, 6, {})
    assert np.isfinite(curve.losses).all()


@pytest.mark.parametrize("task", ["memory", "adding"])
def test_compressed_recurrent_networks_take_steps(task: str) -> None:
    found = learned_compression.learn_sequences(task, ("state",), 0, 1e-3, 4, 6, 32)
    assert 0 <= found.accuracy <= 1
    assert found.steps == 4


def test_walking_is_tested_against_standing_still(shared_data) -> None:
    walked = complex_motion.learn("complex", 8, 0, 1e-3, 4)
    still = complex_motion.baselines(complex_motion.read_motions("walking"))
    assert walked.errors.shape == still["zero velocity"].shape == (64, 10)
    # At the start, the network repeats the last pose.
    assert walked.errors.mean() < 1.5 * still["zero velocity"].mean()
    assert (np.diff(still["zero velocity"].mean(0)) > 0).all()


@pytest.mark.slow
def test_load_is_predicted_from_noon_for_the_next_day(shared_data) -> None:
    training, pieces, mean, std = spectral_rnn.load_pieces()
    times, load = spectral_rnn.hourly_load()
    first = len(training) + int(np.flatnonzero(load[len(training) :] == pieces[0, 0])[0])
    counted = times[first + spectral_rnn.SEEN + spectral_rnn.PASSED]
    assert counted == counted.astype("datetime64[D]")
    assert pieces.shape[1] == 396
    assert abs((training.mean() - mean) / std) < 1e-9
    learnt = spectral_rnn.learn_load("stft/2", 0, 1e-3, 4)
    assert len(learnt.errors) == len(pieces)


@pytest.mark.slow
def test_frames_are_scored(shared_data) -> None:
    shifts = frame_prediction.learn("shifts", 1, 0, 1.0, 2, 6)
    assert shifts.parameters == 0
    assert shifts.mse.shape == (6,)
    assert 0.8 < shifts.sharpness.mean() < 1.2
    gru = frame_prediction.learn("GRU", 1, 0, 1e-3, 2, 6)
    assert shifts.mse.mean() < gru.mse.mean()


@pytest.mark.slow
def test_figures_are_drawn() -> None:
    t = np.linspace(0, 1, 11)
    states = np.zeros((11, 12))
    states[:, :3] = t[:, None]
    marks, arrivals = np.array([[0.5, 0.5, 0.5], [1.0, 1.0, 1.0]]), np.array([0.5, np.inf])
    assert len(flight_frames(t, states, marks, arrivals, rate=4)) == 4
    figures = [
        flight(t, states, np.ones((5, 4)), marks, arrivals, limits=(0, 100)),
        loss_curves({"memory": ({"GRU": np.ones((2, 9))}, 0.07)}),
        error_over_time(t, {"a": np.ones((2, 11)), "b": np.ones(11)}, x="s", y="error"),
        series({"load": {"true": t, "predicted": t}}),
        frame_rows({"true": np.ones((3, 4, 4)), "shifts": np.ones((3, 4, 4))}),
        complex_surfaces({"tanh": np.tanh(t[:, None] + 1j * t)}, 1.0),
    ]
    walkers = {"as it was": np.zeros((4, 3, 3)), "a net": np.ones((4, 3, 3)).cumsum(1)}
    frames = pose_frames(walkers, np.array([-1, 0, 1]), marks=2)
    assert len({frame.tobytes() for frame in frames}) == 2  # seen and predicted differ in colour alone
    with pytest.raises(InvalidInput, match="one skeleton"):
        pose_frames(walkers, np.array([-1, 0]))
    assert all(png(figure)[:4] == b"\x89PNG" for figure in figures)
