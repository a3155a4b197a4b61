"""Tables of several priors, and the tasks by name."""

import numpy as np
import pytest
from scenes import ellipses

import subband as sb
from subband.errors import InvalidInput
from subband.inverse import TV, Tikhonov, compare
from subband.inverse.tasks import TASKS, TaskSettings, measured, simulated
from subband.metrics import psnr

X = ellipses(24)


@pytest.mark.parametrize("name", TASKS)
def test_tasks_measure_with_the_noise_that_was_asked_for(name: str) -> None:
    task = simulated(name, X, TaskSettings(angles=12), noise_db=20.0)
    assert task.truth is not None
    assert task.noise is not None
    clean = task.operator(task.truth)
    known = clean != 0 if name == "inpaint" else np.ones(clean.shape, bool)
    assert np.std((task.y - clean)[known]) == pytest.approx(task.noise, rel=0.25)
    assert 20 * np.log10(np.sqrt(np.mean(clean[task.operator(np.ones(X.shape)) != 0] ** 2)) / task.noise) == (
        pytest.approx(20, abs=1.5)
    )


def test_measurements_from_outside_have_the_operator_of_their_size() -> None:
    assert measured("x4", X, TaskSettings()).operator.input_shape == (96, 96)
    assert measured("deblur", X, TaskSettings()).operator.input_shape == (24, 24)
    assert measured("tomography", np.zeros((30, 34)), TaskSettings()).operator.output_shape == (30, 34)
    missing = X > 0.5
    task = measured("inpaint", X, TaskSettings(missing=missing))
    np.testing.assert_array_equal(task.y, X * ~missing)
    with pytest.raises(InvalidInput, match="needs a mask"):
        measured("inpaint", X, TaskSettings())
    with pytest.raises(InvalidInput, match="of the same size"):
        measured("inpaint", X, TaskSettings(missing=np.eye(3)))
    with pytest.raises(InvalidInput, match="x2, x3, x4"):
        measured("x5", X, TaskSettings())


def test_a_table_has_a_row_for_each_prior_and_true_numbers() -> None:
    task = simulated("deblur", X, TaskSettings(blur=1.0))
    priors = {"smooth": Tikhonov(), "flat": TV(bounds=(0, 1))}
    table = compare(task.operator, task.y, priors, X, noise=task.noise, peak=1.0)
    assert [row.name for row in table.rows] == ["smooth", "flat"]
    assert table["flat"].psnr == psnr(table["flat"].inversion.x, X, 1.0)
    assert table.best("psnr").name == table.best("ssim").name == "flat"
    lines = str(table).splitlines()
    assert len(lines) == 3
    assert lines[2].split()[:2] == ["flat", f"{table['flat'].psnr:.2f}"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: compare(sb.Mask(X > 0), X, [], X, noise=0.1), "no priors"),
        (lambda: compare(sb.Mask(X > 0), X, [TV(), TV()], X, noise=0.1), "two priors are called TV"),
        (lambda: compare(sb.Mask(X > 0), X, [TV()], X[1:], noise=0.1), "a truth of shape"),
        (lambda: compare(sb.Mask(X > 0), X, ["tv"], X, noise=0.1), "give priors"),
    ],
)
def test_what_can_not_be_compared_is_refused_in_words(call, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        call()
