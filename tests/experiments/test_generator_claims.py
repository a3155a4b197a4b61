"""Claims about generators: equal work, jobs in processes of their own, and what is made of their numbers."""

import math
from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.datasets import load_digits

from subband.data import Examples
from subband.experiments import EXPERIMENTS
from subband.experiments.claims import mnist_diffusion, wavelet_space_diffusion
from subband.experiments.methods import equal_work
from subband.experiments.methods.equal_work import in_processes, train_for
from subband.generate import train_judge
from subband.runs.progress import Silent


def digits() -> Examples:
    """scikit-learn's digits on 32 × 32."""
    loaded = load_digits()
    pixels = (loaded.images * 255 / 16).astype(np.uint8).repeat(4, axis=1).repeat(4, axis=2)[..., None]
    return Examples(pixels, loaded.target.astype(np.int64), tuple("0123456789"))


@pytest.mark.slow
def test_a_training_has_as_many_steps_as_the_time_holds_typical_ones(monkeypatch):
    """The clock stands at 0, 1, … quarters of a second, and one step of the trial waits for nine seconds more."""
    for seconds, steps in ((2.0, 8), (0.01, 1)):
        ticks = count()
        clock = SimpleNamespace(process_time=lambda ticks=ticks: (k := next(ticks)) / 4 + 9 * (k > 4))
        monkeypatch.setattr(equal_work, "time", clock)
        model = train_for("vae", digits(), seconds, flip=False)
        assert model.history is not None
        assert model.history.steps == steps


@pytest.mark.slow
def test_jobs_come_back_by_name_in_their_order():
    jobs = [(str(x), (float(x),)) for x in (9, 4, 1)]
    assert in_processes(math.sqrt, jobs, Silent(), "roots") == {"9": 3.0, "4": 2.0, "1": 1.0}


@pytest.mark.slow
def test_an_error_in_a_job_ends_the_experiment():
    with pytest.raises(ValueError, match=r"math domain error|nonnegative"):
        in_processes(math.sqrt, [("good", (1.0,)), ("bad", (-1.0,))], Silent(), "roots")


@pytest.mark.slow
def test_digits_by_diffusion_at_a_tiny_budget(tmp_path, monkeypatch):
    monkeypatch.setattr(mnist_diffusion, "digits", lambda split: digits())
    monkeypatch.setitem(
        mnist_diffusion.SAMPLERS, mnist_diffusion.FLOW, mnist_diffusion.SAMPLERS[mnist_diffusion.FLOW][:1]
    )
    train_judge(digits(), steps=20).save(tmp_path)
    done = {
        name: mnist_diffusion.learn(name, 1.0, tmp_path, tuned_on=50, measured=100, counted=4)
        for name in mnist_diffusion.MODELS[:1]
    }
    ours, uncertainty = mnist_diffusion._summary(done)
    assert {key for key in ours if key.startswith("flow")} >= {
        f"flow, v, guidance {w}, {number}" for w in (1, 2) for number in ("accuracy", "KID", "frechet")
    }
    assert all(low <= ours[key] <= high for key, (low, high) in uncertainty.items())
    assert mnist_diffusion._figure(done).startswith(b"\x89PNG")


def test_spaces_have_settings_for_each_name_that_the_table_shows():
    claim = EXPERIMENTS["wavelet-space-diffusion"]
    names = {
        f"{size} px: {name}, KID"
        for size, all_of in wavelet_space_diffusion.SPACES.items()
        for name in all_of
    }
    assert set(claim.shown) == names
