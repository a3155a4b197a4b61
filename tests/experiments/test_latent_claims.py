"""Claims about variational autoencoders and about tokens: whole runs at tiny budgets, and their sums."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from subband.data import Examples
from subband.experiments import EXPERIMENTS
from subband.experiments.claims import latent_regularity, maskgit_mnist, vampprior
from subband.experiments.methods import equal_work
from subband.experiments.parts import keeping_parts
from subband.runs.progress import Silent

PNG = b"\x89PNG"


def digits(split: str) -> Examples:
    """scikit-learn's digits on 32 × 32."""
    loaded = load_digits()
    pixels = (loaded.images * 255 / 16).astype(np.uint8).repeat(4, axis=1).repeat(4, axis=2)[..., None]
    return Examples(pixels, loaded.target.astype(np.int64), tuple("0123456789"))


class Stopped(Exception):
    pass


@pytest.fixture
def here(monkeypatch):
    """Small digits, and jobs in this process, with their names as they are begun."""
    begun = []

    def serially(work, jobs, watcher, title):
        done = {}
        for name, arguments in jobs:
            found = equal_work.find_part(title, name)
            if found is None:
                begun.append(name)
                found = (equal_work.keep_part(title, name, work(*arguments)),)
            done[name] = found[0]
        return done

    for module in (latent_regularity, maskgit_mnist, vampprior):
        monkeypatch.setattr(module, "digits", digits)
        monkeypatch.setattr(module, "in_processes", serially)
    few = {name: samplers[:2] for name, samplers in maskgit_mnist.SAMPLERS.items()}
    monkeypatch.setattr(maskgit_mnist, "SAMPLERS", few)
    return begun


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vampprior", "latent-regularity", "maskgit-mnist"])
def test_a_claim_at_a_tiny_budget_finds_what_its_table_shows(name, here):
    claim = EXPERIMENTS[name]
    found = claim.run(1.0, Silent())
    assert set(claim.shown) <= set(found.ours)
    assert all(np.isfinite(value) for value in found.ours.values())
    assert all(low <= found.ours[key] <= high for key, (low, high) in found.uncertainty.items())
    assert found.figure.startswith(PNG)


@pytest.mark.slow
def test_a_stopped_claim_does_not_repeat_its_trainings(here, tmp_path, monkeypatch):
    """The figure fails the first time; the second run trains nothing, and has as many steps."""
    draw = latent_regularity._figure

    def fails(done):
        raise Stopped

    monkeypatch.setattr(latent_regularity, "_figure", fails)
    with pytest.raises(Stopped), keeping_parts(tmp_path / "parts", 1.0):
        latent_regularity._run(1.0, Silent())
    assert here == ["autoencoder", "variational autoencoder"]
    monkeypatch.setattr(latent_regularity, "_figure", draw)
    with keeping_parts(tmp_path / "parts", 1.0):
        found = latent_regularity._run(1.0, Silent())
    assert here == ["autoencoder", "variational autoencoder"]
    assert found.figure.startswith(PNG)


def of(each: float, noise: float = 0.0) -> vampprior.Found:
    likelihoods = each + noise * np.array([-1.0, 1.0, -1.0, 1.0])
    return vampprior.Found(likelihoods, 0.1, each - 2, np.zeros((10, 8, 8, 1), np.uint8), {}, 9, 1.0)


def test_gains_are_of_the_same_images():
    shared = np.array([-50.0, 10.0, 0.0, 40.0])
    base = vampprior.Found(shared, 0.1, 0.0, np.zeros((1, 8, 8, 1), np.uint8), {}, 9, 1.0)
    better = vampprior.Found(shared + 2, 0.1, 0.0, np.zeros((1, 8, 8, 1), np.uint8), {}, 9, 1.0)
    assert vampprior.gain(better, base) == (2.0, 0.0)
    mean, spread = vampprior.gain(of(-80.0, noise=1.0), of(-83.0))
    assert mean == pytest.approx(3.0)
    assert spread == pytest.approx(1.96 * np.std([-1, 1, -1, 1], ddof=1) / 2)


def test_pairs_are_of_different_classes():
    labels = np.repeat(np.arange(10), 20)
    first, second = latent_regularity._pairs(labels, 30)
    assert len(first) == len(second) == 30
    assert (labels[first] != labels[second]).all()
    assert not set(first) & set(second)


@pytest.mark.parametrize(
    ("tried", "best"),
    [
        ({8: (0.97, 50.0), 12: (0.985, 30.0)}, 12),
        ({8: (0.985, 50.0), 12: (0.995, 30.0)}, 8),
        ({8: (0.90, 50.0), 12: (0.95, 30.0)}, 12),
    ],
)
def test_the_fastest_sampler_of_the_target_is_chosen(tried, best):
    results = [({"sampling_steps": steps}, *found) for steps, found in tried.items()]
    assert maskgit_mnist.chosen(results)[0] == {"sampling_steps": best}
