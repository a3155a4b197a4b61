"""Every family learns: after some steps on real digits its images are nearer to them than before, by far."""

import numpy as np
import pytest
import torch
from digits import digits
from learnable import learn

from subband.generate import GENERATORS
from subband.metrics import kernel_distance

COUNT = 200
STEPS = dict.fromkeys(GENERATORS, 100) | {"stylegan3": 200, "vampprior": 200}
"""More for StyleGAN3, whose mapping network learns a hundred times slower than the rest, and for VampPrior, which
also learns what to draw from."""


def features(pixels: np.ndarray) -> np.ndarray:
    """Sizes of random filters' answers at two scales, in four quarters of the image: (N, 256).

    They see it in black and white, which every family can draw.
    """
    random = torch.Generator().manual_seed(0)
    grey = torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy()).float().mean(dim=1, keepdim=True)
    x = 2 * (grey >= 128).float() - 1
    for width in (32, 64):
        filters = torch.randn(width, x.shape[1], 3, 3, generator=random) / (9 * x.shape[1]) ** 0.5
        x = torch.nn.functional.conv2d(x, filters, padding=1, stride=2).abs()
    return torch.nn.functional.adaptive_avg_pool2d(x, 2).flatten(1).double().numpy()


@pytest.fixture(scope="module")
def data():
    """Digits in a random order, and how far images are from the first of them: KID and its deviation."""
    examples = digits()
    examples = examples.take(np.random.default_rng(0).permutation(len(examples)))
    seen = features(examples.pixels)
    mean, spread = seen.mean(axis=0), seen.std(axis=0).mean()

    def distance(pixels: np.ndarray):
        rng = np.random.default_rng(0)
        real, others = ((features(p) - mean) / spread for p in (examples.pixels[:COUNT], pixels))
        return kernel_distance(real, others, rng=rng)

    return examples, distance


def unlearnt(pixels: np.ndarray) -> dict[str, np.ndarray]:
    """Images that know the data's mean and deviation, their mean image, or one of them, and nothing else."""
    shape, random = (COUNT, *pixels.shape[1:]), np.random.default_rng(1)
    noise = random.normal(pixels.mean(), pixels.std(), shape).clip(0, 255)
    mean, one = (np.broadcast_to(image, shape) for image in (pixels.mean(axis=0), pixels[0]))
    return {"noise": noise.astype(np.uint8), "mean": mean.astype(np.uint8), "one": one}


def test_the_measure_tells_digits_from_what_is_none(data):
    examples, distance = data
    floor = distance(examples.pixels[COUNT : 2 * COUNT])
    assert abs(floor.value) < 3 * floor.deviation
    for wrong in map(distance, unlearnt(examples.pixels).values()):
        assert wrong.value > 20 * wrong.deviation


@pytest.mark.slow
@pytest.mark.parametrize("family", sorted(GENERATORS))
def test_some_steps_bring_a_family_near_to_digits(family, data):
    """Four times as near as it began, and twice as near as what needs no learning."""
    examples, distance = data
    before, after = (
        distance(learn(family, examples, steps=n, flip=False).sample(COUNT, seed=0))
        for n in (1, STEPS[family])
    )
    assert after.value + 5 * after.deviation < before.value - 5 * before.deviation
    assert after.value < before.value / 4
    for others in map(distance, unlearnt(examples.pixels).values()):
        assert after.value + 3 * after.deviation < others.value / 2
