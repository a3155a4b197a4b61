"""Tests of day 5, one for each function, against loops and SciPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from course.digits import digits
from course.signals import noise, photograph
from course.training import train
from scipy import signal


def test_1_convolve(work):
    x, h = noise(20), noise(6, 1)
    np.testing.assert_allclose(work.convolve(jnp.asarray(x), jnp.asarray(h)), np.convolve(x, h), atol=1e-12)
    np.testing.assert_allclose(work.convolve(jnp.array([1.0, 2]), jnp.array([3.0])), [3, 6])


@pytest.mark.parametrize(("n", "k"), [(20, 6), (21, 6), (5, 9), (1, 1)])
def test_2_fourier_convolve(work, n, k):
    x, h = noise(n), noise(k, 1)
    np.testing.assert_allclose(
        work.fourier_convolve(jnp.asarray(x), jnp.asarray(h)), np.convolve(x, h), atol=1e-12
    )


def test_3_conv2d(work):
    x, w = noise((2, 3, 6, 7)), noise((4, 3, 3, 3), 1)
    expected = [
        [sum(signal.correlate2d(x[b, c], w[o, c], "same") for c in range(3)) for o in range(4)]
        for b in range(2)
    ]
    np.testing.assert_allclose(work.conv2d(jnp.asarray(x), jnp.asarray(w)), np.array(expected), atol=1e-12)


def test_4_match_template_is_a_correlation_coefficient(work):
    image, template = photograph(32), noise((5, 4))
    ours = np.asarray(work.match_template(jnp.asarray(image), jnp.asarray(template)))
    assert ours.shape == (28, 29)
    for i, j in ((0, 0), (3, 17), (27, 28)):
        window = image[i : i + 5, j : j + 4]
        assert ours[i, j] == pytest.approx(np.corrcoef(window.ravel(), template.ravel())[0, 1], abs=1e-8)


def test_4_match_template_finds_a_piece_in_another_light(work):
    image = photograph(64)
    template = 3 * image[20:32, 25:40] - 7
    ours = np.asarray(work.match_template(jnp.asarray(image), jnp.asarray(template)))
    assert np.unravel_index(ours.argmax(), ours.shape) == (20, 25)
    assert ours.max() == pytest.approx(1)


def test_4_match_template_of_a_constant_window_is_zero(work):
    image = np.zeros((10, 10))
    image[6:, 6:] = noise((4, 4))
    ours = work.match_template(jnp.asarray(image), jnp.asarray(noise((3, 3), 1)))
    assert float(ours[0, 0]) == 0
    assert bool(jnp.isfinite(ours).all())


def test_5_max_pool(work):
    x = noise((2, 3, 4, 6))
    expected = np.maximum.reduce([x[..., i::2, j::2] for i in (0, 1) for j in (0, 1)])
    np.testing.assert_array_equal(work.max_pool(jnp.asarray(x)), expected)


def test_6_blur_pool_keeps_constants_and_removes_the_highest_frequency(work):
    np.testing.assert_allclose(work.blur_pool(jnp.ones((1, 1, 6, 8))), np.ones((1, 1, 3, 4)))
    stripes = jnp.broadcast_to((-1.0) ** jnp.arange(12), (1, 1, 12, 12))
    np.testing.assert_allclose(work.blur_pool(stripes)[0, 0, :, 1:-1], 0, atol=1e-14)


def test_6_blur_pool_is_separable(work):
    x = noise((1, 2, 8, 8))
    g = np.array([1, 3, 3, 1]) / 8
    padded = np.pad(x, [(0, 0), (0, 0), (1, 1), (1, 1)], mode="symmetric")
    expected = [signal.correlate2d(one, np.outer(g, g), "valid")[::2, ::2] for one in padded[0]]
    np.testing.assert_allclose(work.blur_pool(jnp.asarray(x))[0], expected, atol=1e-12)


def test_7_init(work):
    network = work.init(jax.random.key(0), 40, 10)
    assert [a.shape for a in network] == [(40, 1, 3, 3), (40,), (80, 40, 3, 3), (80,), (80, 10), (10,)]
    variances = [float(a.var()) for a in (network.first, network.second, network.last)]
    assert variances == pytest.approx([2 / 9, 2 / 360, 1 / 80], rel=0.25)
    assert not any(b.any() for b in (network.first_bias, network.second_bias, network.last_bias))


@pytest.fixture
def small(work):
    shapes = [(2, 1, 3, 3), (2,), (4, 2, 3, 3), (4,), (4, 5), (5,)]
    return work.Network(*(jnp.asarray(noise(shape, k)) for k, shape in enumerate(shapes)))


def test_8_logits_of_one_image_by_loops(work, small):
    image = noise((8, 8), 30)
    maps = [image]
    for kernels, bias in ((small.first, small.first_bias), (small.second, small.second_bias)):
        raw = [sum(signal.correlate2d(m, w, "same") for m, w in zip(maps, ws, strict=True)) for ws in kernels]
        lit = [np.maximum(0, m + b) for m, b in zip(raw, np.asarray(bias), strict=True)]
        maps = [m.reshape(m.shape[0] // 2, 2, -1, 2).max((1, 3)) for m in lit]
    expected = np.array([m.mean() for m in maps]) @ small.last + small.last_bias
    np.testing.assert_allclose(work.logits(small, jnp.asarray(image)[None])[0], expected, atol=1e-10)


def test_8_logits_know_no_place(work, small):
    """Far from the edges, a shift by the product of the strides changes nothing."""
    image = np.zeros((32, 32))
    image[8:16, 8:16] = noise((8, 8), 31)
    moved = np.roll(image, (4, 8), (0, 1))
    a, b = work.logits(small, jnp.asarray(np.stack([image, moved])))
    np.testing.assert_allclose(a, b, atol=1e-10)


def test_8_the_network_learns(work):
    x, labels = digits(600, seed=1)
    chosen = np.isin(labels, (1, 4, 8))
    x, labels = 4 * x[chosen], labels[chosen]

    def loss(network, key, images, labels):
        scores = jax.nn.log_softmax(work.logits(network, images))
        return -jnp.mean(jnp.take_along_axis(scores, labels[:, None], 1))

    network, losses = train(
        loss,
        work.init(jax.random.key(0), 6, 10),
        (x, labels),
        jax.random.key(1),
        steps=120,
        batch=32,
        rate=2e-2,
    )
    assert losses[-20:].mean() < 0.4
    new, labels_new = digits(300, seed=2)
    chosen = np.isin(labels_new, (1, 4, 8))
    found = np.asarray(work.logits(network, jnp.asarray(4 * new[chosen])).argmax(1))
    assert (found == labels_new[chosen]).mean() > 0.8
