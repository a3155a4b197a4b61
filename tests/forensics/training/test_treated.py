"""Training on treated pictures: what a batch holds, aligned pairs, and that a planted trace is found."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from subband.data.augment import Augmentation
from subband.data.decode import FileFacts
from subband.errors import BudgetError, DataError, InvalidInput
from subband.forensics.networks.predict import logits_of, probability_generated
from subband.forensics.training.aligned import blend, reconstruct, with_reconstructions
from subband.forensics.training.material import Item
from subband.forensics.training.treated import (
    TreatedBatches,
    TreatedRecipe,
    classes_of,
    parameters_for,
    train_treated,
)
from subband.nn.tiny_autoencoder import TinyAutoencoder

PLAIN = Augmentation(size=32, scaled=0, thumbnail=0, blurred=0, noisy=0, encoded=0, history=0)
RECIPE = TreatedRecipe(steps=60, batch=16, augmentation=PLAIN, parameters=8_000, blended=0.0)


def smoothed(pixels: np.ndarray) -> np.ndarray:
    near = [np.roll(pixels.astype(float), (i, j), (0, 1)) for i in (0, 1) for j in (0, 1)]
    return np.clip(np.mean(near, axis=0).round(), 0, 255).astype(np.uint8)


def items(n: int = 12, *, pairs: bool = True) -> list[Item]:
    """Photographs of noise, whose reconstructions and whose generated counterparts are smoothed."""
    rng = np.random.default_rng(0)
    facts = FileFacts(1, 64, 64, "PNG")
    pixels = [rng.integers(0, 256, (64, 64, 3), dtype=np.uint8) for _ in range(2 * n)]
    real = [
        Item(p, "camera" if k % 3 else "phone", False, f"p{k}", False, facts, f"p{k}")
        for k, p in enumerate(pixels[:n])
    ]
    if pairs:
        real = [replace(item, reconstruction=smoothed(item.pixels)) for item in real]
    made = [
        Item(smoothed(p), "gan" if k % 4 else "diffusion", True, f"g{k}", False, facts, f"g{k}")
        for k, p in enumerate(pixels[n:])
    ]
    return real + made


def test_half_of_a_batch_is_real_and_pairs_are_aligned() -> None:
    some = items()
    classes = classes_of(some)
    assert classes == ("real", "diffusion", "gan", "autoencoder")
    crops, labels = TreatedBatches(some, classes, RECIPE, 0)(range(400))
    assert crops.shape == (400, 32, 32, 3)
    assert (labels == 0).mean() == 0.5
    assert (labels[1::4] == 3).all()
    inner = (slice(None), slice(1, None), slice(1, None))
    for photograph, reconstruction in zip(crops[::4], crops[1::4], strict=True):
        again = {flip: smoothed(photograph[:, ::flip])[:, ::flip] for flip in (1, -1)}
        # Smoothing looks up and left, and the crop may be mirrored.
        errors = [
            np.abs(reconstruction.astype(int) - again[1])[inner[1:]].max(),
            np.abs(reconstruction.astype(int) - again[-1])[1:, :-1].max(),
        ]
        assert min(errors) == 0
    assert np.bincount(labels[3::4])[[1, 2]] == pytest.approx(
        [50, 50], abs=18
    )  # generators alike, however many pictures


def test_examples_depend_on_seed_and_number_only() -> None:
    batches = TreatedBatches(items(), classes_of(items()), RECIPE, 3)
    together, alone = batches(range(40, 48))[0], [batches([n])[0][0] for n in range(40, 48)]
    np.testing.assert_array_equal(together, np.stack(alone))
    assert not (TreatedBatches(items(), classes_of(items()), RECIPE, 4)([40])[0] == together[:1]).all()


def test_a_planted_trace_is_found_in_new_pictures() -> None:
    classifier, classes, interrupted = train_treated(items(), RECIPE, seed=0)
    assert not interrupted
    fresh = np.random.default_rng(9).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)
    found = [
        probability_generated(logits_of(classifier, x))
        for x in (fresh, np.stack([smoothed(p) for p in fresh]))
    ]
    assert found[0].max() < 0.5 < found[1].min()
    assert len(classes) == 4


def test_pairs_alone_and_generators_alone_suffice() -> None:
    pairs = [item for item in items() if not item.generated]
    assert classes_of(pairs) == ("real", "autoencoder")
    labels = TreatedBatches(pairs, classes_of(pairs), RECIPE, 0)(range(40))[1]
    assert labels.mean() == 0.5
    unpaired = items(pairs=False)
    assert classes_of(unpaired) == ("real", "diffusion", "gan")
    labels = TreatedBatches(unpaired, classes_of(unpaired), RECIPE, 0)(range(40))[1]
    assert (labels > 0).mean() == 0.5
    for part in (pairs[:0], [item for item in items() if item.generated], [unpaired[0]]):
        with pytest.raises(DataError, match="needs photographs"):
            classes_of(part)


def test_a_stopped_run_goes_on(tmp_path) -> None:
    whole, _, _ = train_treated(items(), replace(RECIPE, steps=6), seed=1)

    def stop(done: int, steps: int, loss: float, left: float) -> None:
        if done == 3:
            raise KeyboardInterrupt

    state = tmp_path / "state.safetensors"
    *_, interrupted = train_treated(items(), replace(RECIPE, steps=6), seed=1, keep=state, progress=stop)
    assert interrupted
    resumed, _, _ = train_treated(items(), replace(RECIPE, steps=6), seed=1, keep=state)
    for one, other in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other)


def test_networks_grow_between_their_bounds() -> None:
    assert [parameters_for(n) for n in (0, 1000, 10**6)] == [60_000, 90_000, 1_200_000]


def test_blends_lie_between() -> None:
    a, b = np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 200, np.uint8)
    assert (blend(a, b, 0.25) == 150).all()
    with pytest.raises(InvalidInput, match="share"):
        blend(a, b, 1.5)


def test_reconstructions_are_made_once(tmp_path, monkeypatch) -> None:
    import subband.forensics.training.aligned as aligned

    photographs = items(3, pairs=False)
    net = TinyAutoencoder().eval()
    found = with_reconstructions(photographs, net, tmp_path, side=64)
    made = [item for item in found if item.reconstruction is not None]
    assert len(made) == 3
    assert all(item.generated == (item.reconstruction is None) for item in found)
    np.testing.assert_array_equal(made[0].reconstruction, reconstruct(net, photographs[0].pixels))
    monkeypatch.setattr(aligned, "reconstruct", lambda *_: pytest.fail("made again"))
    again = with_reconstructions(photographs, None, tmp_path, side=64)
    np.testing.assert_array_equal(again[0].reconstruction, made[0].reconstruction)
    nothing = with_reconstructions(photographs, None, tmp_path / "empty", side=64)
    assert all(item.reconstruction is None for item in nothing)


def test_impossible_recipes_are_refused() -> None:
    with pytest.raises(BudgetError):
        TreatedRecipe(steps=0)
    with pytest.raises(InvalidInput, match="multiple of 4"):
        TreatedRecipe(batch=6)
    with pytest.raises(DataError, match="at least 192"):
        TreatedBatches(items(), classes_of(items()), TreatedRecipe(), 0)
