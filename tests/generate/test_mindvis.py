"""From brain to image: both stages, what is trained, what comes back, and what is refused."""

import numpy as np
import pytest
import torch
from torch import nn

from subband.data import Examples
from subband.data.brain import encoding_model
from subband.errors import CheckpointError, InvalidInput
from subband.generate import train_generator
from subband.generate.brain import (
    BrainConditioning,
    BrainEncoderConfig,
    MindVis,
    MindVisConfig,
    RidgeDecoder,
    new_encoder,
    train_encoder,
    train_mindvis,
)
from subband.generate.brain.mindvis import conditioned, tuned
from subband.nn import MaskedAutoencoder
from subband.training import generator, initialised

ENCODER = BrainEncoderConfig(
    patch=8, width=32, depth=1, heads=2, decoder_width=16, decoder_depth=1, decoder_heads=2, batch=32
)
VOXELS = 60


def halves(count: int, seed: int = 0) -> np.ndarray:
    """Pictures with one bright quarter of four."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 40, (count, 16, 16, 1)).astype(np.uint8)
    for image, quarter in zip(x, rng.integers(0, 4, count), strict=True):
        row, column = divmod(int(quarter), 2)
        image[8 * row : 8 * row + 8, 8 * column : 8 * column + 8] += 180
    return x


def quarter(images: np.ndarray) -> np.ndarray:
    """Which quarter is brightest."""
    return images[..., 0].reshape(-1, 2, 8, 2, 8).mean(axis=(2, 4)).reshape(-1, 4).argmax(axis=1)


@pytest.fixture(scope="module")
def base():
    pixels = halves(256)
    examples = Examples(pixels, quarter(pixels).astype(np.int64), ("↖", "↗", "↙", "↘"))
    return train_generator(
        "diffusion",
        examples,
        steps=250,
        seed=0,
        flip=False,
        width=16,
        multipliers=(1, 2),
        patch=1,
        batch=32,
    )


@pytest.fixture(scope="module")
def brain():
    images = halves(256)
    model = encoding_model(images[..., 0], VOXELS, np.random.default_rng(0), noise=0.3)
    return images, model.measure(images[..., 0], np.random.default_rng(1))[0], model


def config(base, **changed) -> MindVisConfig:
    return MindVisConfig(VOXELS, base.config, ENCODER, **({"tokens": 4, "context": 24} | changed))


@pytest.mark.slow
def test_stage_a_predicts_hidden_voxels_better_than_their_mean(brain) -> None:
    _, voxels, _ = brain
    model = train_encoder(voxels, ENCODER, steps=600)
    x = torch.from_numpy(np.pad(voxels, ((0, 0), (0, 4)), mode="wrap"))
    with torch.no_grad():
        error = model.loss(x, model.draw_mask(len(x), 64, 0.75, generator(3)))
    assert error < 0.8 * x.var()


def test_stage_a_takes_subjects_of_different_sizes_and_goes_on_with_one(brain, tmp_path) -> None:
    _, voxels, _ = brain
    both = train_encoder([voxels, voxels[:, :41]], ENCODER, steps=3)
    before = both.embed.weight.detach().clone()
    one = train_encoder(voxels[:, :41], ENCODER, steps=2, start=both)
    assert one is both
    assert not torch.equal(one.embed.weight, before)
    first = train_encoder(voxels, ENCODER, steps=4, seed=1)
    with pytest.raises(KeyboardInterrupt):
        train_encoder(voxels, ENCODER, steps=4, seed=1, folder=tmp_path, progress=_stop_after(2))
    seen: list[int] = []
    again = train_encoder(
        voxels, ENCODER, steps=4, seed=1, folder=tmp_path, progress=lambda done, *_: seen.append(done)
    )
    assert seen == [3, 4]
    assert torch.equal(first.embed.weight, again.embed.weight)
    with pytest.raises(CheckpointError, match="data"):
        train_encoder(voxels[::-1], ENCODER, steps=4, seed=1, folder=tmp_path)
    with pytest.raises(CheckpointError, match="start"):
        train_encoder(voxels, ENCODER, steps=4, seed=1, start=new_encoder(ENCODER, 7), folder=tmp_path)


def _stop_after(last: int):
    def stop(done: int, *_) -> None:
        if done == last:
            raise KeyboardInterrupt

    return stop


@pytest.mark.parametrize("double", [True, False])
def test_conditions_by_tokens_and_by_a_vector(double) -> None:
    with initialised(0):
        made = BrainConditioning(
            new_encoder(ENCODER, 0), 64, embedding=10, context=6, tokens=3, double=double
        ).double()
        nn.init.normal_(made.no_context)
        nn.init.normal_(made.no_vector)
    x, voxels = torch.zeros(2, 1, 8, 8), torch.randn(2, 64).double()
    given = made({"voxels": voxels}, None, x)
    assert given["context"].shape == (2, 3, 6)
    half = made({"voxels": voxels}, torch.tensor([True, False]), x)
    none = made(None, None, x)
    for name, value in given.items():
        torch.testing.assert_close(half[name][0], value[0])
        torch.testing.assert_close(half[name][1], none[name][1])
        assert torch.allclose(half[name][1], value[1]) is (name == "embedding" and not double)
    assert given["embedding"].shape == (2, 10)
    with pytest.raises(InvalidInput, match="NaN"):
        made({"voxels": voxels * np.nan}, None, x)


def test_starts_as_the_generator_that_it_tunes(base) -> None:
    with initialised(0):
        network = conditioned(base.network, new_encoder(ENCODER, 0), config(base, double=False))
    x, t = torch.randn(3, *network.space.shape(16)), torch.tensor([0.2, 0.5, 0.9])
    with torch.no_grad():
        assert base.config.classes  # of which none is asked for
        ours = network.denoiser(x, t, {"voxels": torch.randn(3, 64)})
        torch.testing.assert_close(ours.x0, base.network.denoiser(x, t).x0)


def test_trains_the_layers_of_the_paper_and_no_others(base, brain) -> None:
    images, voxels, _ = brain
    encoder = new_encoder(ENCODER, 0)
    settings = config(base)
    found = train_mindvis(base, encoder, voxels, images, settings, steps=3)
    with initialised(0):  # the weights it began with
        start = conditioned(base.network, _copy(encoder), settings)
    before, after = start.state_dict(), found.network.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    chosen = {id(p) for p in tuned(start)}
    expected = {name for name, p in start.named_parameters() if id(p) in chosen}
    assert changed <= expected
    assert len(changed) > 0.8 * len(expected)  # some biases have no gradient
    parts = {name.split(".")[1] if "conditioner" in name else name.split(".")[2] for name in expected}
    assert parts == {"conditioner", "cross", "embed"}
    assert torch.equal(encoder.embed.weight, _copy(new_encoder(ENCODER, 0)).embed.weight)


def _copy(encoder: MaskedAutoencoder) -> MaskedAutoencoder:
    made = ENCODER.build()
    made.load_state_dict(encoder.state_dict())
    return made


@pytest.mark.slow
def test_draws_what_was_seen_and_so_does_ridge_regression(base, brain) -> None:
    images, voxels, model = brain
    new = halves(60, seed=5)
    seen = model.measure(new[..., 0], np.random.default_rng(2))[0]
    found = train_mindvis(base, new_encoder(ENCODER, 0), voxels, images, config(base), steps=250)
    drawn = found.sample(seen, seed=0, steps=8)
    assert drawn.shape == new.shape
    assert (quarter(drawn) == quarter(new)).mean() > 0.8  # chance is 1/4
    linear = RidgeDecoder(base).fit(voxels, images)
    assert linear.penalty in linear.penalties
    assert (quarter(linear.sample(seen)) == quarter(new)).mean() > 0.8


def test_what_is_saved_comes_back(base, brain, tmp_path) -> None:
    images, voxels, _ = brain
    found = train_mindvis(base, new_encoder(ENCODER, 0), voxels, images, config(base), steps=2)
    found.save(tmp_path)
    again = MindVis.load(tmp_path)
    assert again.config == found.config
    np.testing.assert_array_equal(
        again.sample(voxels[:3], seed=1, steps=2), found.sample(voxels[:3], seed=1, steps=2)
    )
    with pytest.raises(CheckpointError):
        MindVis.load(tmp_path / "nothing")


def test_tuning_that_was_cut_off_goes_on_to_the_same_pictures_and_with_no_other_data(
    base, brain, tmp_path
) -> None:
    images, voxels, _ = brain
    encoder, settings = new_encoder(ENCODER, 0), config(base)
    whole = train_mindvis(base, encoder, voxels, images, settings, steps=4)
    with pytest.raises(KeyboardInterrupt):
        train_mindvis(
            base, encoder, voxels, images, settings, steps=4, folder=tmp_path, progress=_stop_after(2)
        )
    seen: list[int] = []
    again = train_mindvis(
        base, encoder, voxels, images, settings, steps=4, folder=tmp_path,
        progress=lambda done, *_: seen.append(done),
    )  # fmt: skip
    assert seen == [3, 4]
    for name, value in whole.network.state_dict().items():
        assert torch.equal(again.network.state_dict()[name], value), name
    with pytest.raises(CheckpointError, match="data"):
        train_mindvis(base, encoder, voxels, images[::-1], settings, steps=4, folder=tmp_path)


def test_ridge_is_the_closed_form(base, brain) -> None:
    images, voxels, _ = brain
    decoder = RidgeDecoder(base, penalties=(0.1,)).fit(voxels, images)
    from subband.generate.pixels import as_images, to_signal

    z = base.network.space.encode(to_signal(as_images(images))).flatten(1).double().numpy()
    x = voxels.astype(float) - voxels.mean(axis=0, dtype=float)
    penalty = 0.1 * len(x) * np.square(x).mean()
    w = np.linalg.lstsq(
        np.vstack([x, np.sqrt(penalty) * np.eye(VOXELS)]),
        np.vstack([z - z.mean(axis=0), np.zeros((VOXELS, z.shape[1]))]),
        rcond=None,
    )[0]
    np.testing.assert_allclose(decoder._predict(voxels.astype(float)), x @ w + z.mean(axis=0), atol=1e-4)


def tune(base, voxels: np.ndarray, images: np.ndarray) -> MindVis:
    return train_mindvis(base, new_encoder(ENCODER, 0), voxels, images, config(base), steps=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda b, v, i: train_encoder(np.where(v > 2, np.nan, v), ENCODER, steps=1), "NaN"),
        (lambda b, v, i: train_encoder(v[:, :8], ENCODER, steps=1), "must be visible"),
        (lambda b, v, i: BrainEncoderConfig(masked=1.0), "between 0 and 1"),
        (lambda b, v, i: BrainEncoderConfig(masked=0.0), "between 0 and 1"),
        (lambda b, v, i: tune(b, v[:, :50], i), "60 voxels, and got 50"),
        (lambda b, v, i: tune(b, v * np.float32("nan"), i), "NaN"),
        (lambda b, v, i: tune(b, v[:99], i), "as many pictures"),
        (lambda b, v, i: tune(b, v, i[:, :8, :8]), "of 16 px"),
        (
            lambda b, v, i: BrainConditioning(new_encoder(ENCODER, 0), 60, embedding=4, context=4),
            "patches div",
        ),
        (lambda b, v, i: RidgeDecoder(b).fit(v[:20], i), "as many pictures"),
        (lambda b, v, i: RidgeDecoder(b).sample(v), "call fit"),
        (lambda b, v, i: RidgeDecoder(b).fit(v, i).sample(v[:, 1:]), "is of 60 voxels"),
    ],
)
def test_says_what_it_takes(base, brain, call, message) -> None:
    with pytest.raises(InvalidInput, match=message):
        call(base, brain[1], brain[0])
