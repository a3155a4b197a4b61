"""Tests of day 4, one for each function: gradients against `jax.grad`, the network against held-out digits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from course.digits import digits
from course.signals import noise


@pytest.fixture
def network(work):
    shapes = [(6, 5), (5, 4), (4, 3)]
    return [
        work.Layer(jnp.asarray(noise(s, k)), jnp.asarray(noise(s[1], k + 9))) for k, s in enumerate(shapes)
    ]


def through(network, x):
    """A forward pass of our own."""
    for k, layer in enumerate(network):
        x = x @ layer.w + layer.b
        x = jnp.where(x > 0, x, 0) if k < len(network) - 1 else x
    return x


def entropy(logits, labels):
    p = jax.nn.softmax(logits, axis=1)
    return -jnp.mean(jnp.log(p[jnp.arange(len(labels)), labels]))


def test_1_init(work):
    network = work.init(jax.random.key(0), (400, 300, 10))
    assert [layer.w.shape for layer in network] == [(400, 300), (300, 10)]
    assert [layer.b.tolist() for layer in network] == [[0] * 300, [0] * 10]
    assert float(network[0].w.var()) == pytest.approx(2 / 400, rel=0.05)
    assert float(network[1].w.var()) == pytest.approx(2 / 300, rel=0.1)
    square = work.init(jax.random.key(0), (8, 8, 8))
    assert not np.allclose(square[0].w, square[1].w)


def test_2_forward(work, network):
    x = jnp.asarray(noise((7, 6), 20))
    out, inputs = work.forward(network, x)
    np.testing.assert_allclose(out, through(network, x), rtol=1e-12)
    assert [h.shape for h in inputs] == [(7, 6), (7, 5), (7, 4)]
    np.testing.assert_array_equal(inputs[0], x)
    assert float(inputs[1].min()) == 0


def test_3_cross_entropy(work):
    logits, labels = jnp.asarray(noise((5, 3))), jnp.array([0, 2, 1, 1, 0])
    assert float(work.cross_entropy(logits, labels)) == pytest.approx(float(entropy(logits, labels)))
    assert float(work.cross_entropy(jnp.zeros((4, 10)), jnp.arange(4))) == pytest.approx(np.log(10))


def test_3_cross_entropy_of_large_logits_is_finite(work):
    logits = jnp.array([[1e5, 0.0], [1e5, 0.0]])
    assert float(work.cross_entropy(logits, jnp.array([0, 1]))) == pytest.approx(5e4)


def test_4_output_error(work):
    logits, labels = jnp.asarray(noise((5, 3))), jnp.array([0, 2, 1, 1, 0])
    np.testing.assert_allclose(
        work.output_error(logits, labels), jax.grad(entropy)(logits, labels), atol=1e-12
    )


def test_5_backward_is_the_gradient(work, network):
    x, error = jnp.asarray(noise((7, 6), 20)), jnp.asarray(noise((7, 3), 21))
    inputs = [x]
    for layer in network[:-1]:
        inputs.append(jax.nn.relu(inputs[-1] @ layer.w + layer.b))
    expected = jax.grad(lambda n: jnp.sum(error * through(n, x)))(network)
    ours = work.backward(network, inputs, error)
    assert [type(layer) for layer in ours] == [work.Layer] * 3
    for ours_of, expected_of in zip(ours, expected, strict=True):
        np.testing.assert_allclose(ours_of.w, expected_of.w, atol=1e-11)
        np.testing.assert_allclose(ours_of.b, expected_of.b, atol=1e-11)


def test_6_momentum_step(work):
    network, velocity = (
        [work.Layer(jnp.array([[1.0]]), jnp.array([2.0]))],
        [work.Layer(jnp.array([[0.5]]), jnp.zeros(1))],
    )
    gradients = [work.Layer(jnp.array([[3.0]]), jnp.array([-1.0]))]
    moved, velocity = work.momentum_step(network, velocity, gradients, 0.1, 0.8)
    assert [float(v) for v in (moved[0].w[0, 0], moved[0].b[0])] == pytest.approx([1.1, 2.1])
    assert [float(v) for v in (velocity[0].w[0, 0], velocity[0].b[0])] == pytest.approx([0.1, 0.1])


def test_7_train_reads_digits_it_has_not_seen(work):
    x, labels = digits(1500, seed=1)
    x_new, labels_new = digits(500, seed=2)
    start = work.init(jax.random.key(0), (256, 48, 10))
    network, losses = work.train(
        start, jnp.asarray(x.reshape(1500, -1)), jnp.asarray(labels), jax.random.key(1), 400, 50
    )
    assert losses.shape == (400,)
    assert float(losses[0]) > 1.5
    assert float(losses[-50:].mean()) < 0.25
    found = through(network, jnp.asarray(x_new.reshape(500, -1))).argmax(1)
    assert float(jnp.mean(found == labels_new)) > 0.9


def test_8_fourier_features(work):
    t = np.array([-1.0, -0.3, 0.0, 0.7])
    columns = [f(2.0**k * np.pi * t) for f in (np.sin, np.cos) for k in range(3)]
    np.testing.assert_allclose(work.fourier_features(jnp.asarray(t), 3), np.stack(columns, 1), atol=1e-12)
