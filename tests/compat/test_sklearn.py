"""Scattering features keep scikit-learn's contract, and are the transform's own numbers."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import subband as sb
from subband.compat import sklearn as module
from subband.compat.sklearn import ScatteringFeatures
from subband.errors import InvalidInput


@parametrize_with_checks([ScatteringFeatures()])
def test_contract(estimator, check) -> None:
    check(estimator)


CASES = {
    "line": (sb.Scattering(J=3, Q=2), (40,)),
    "global": (sb.Scattering(J=3, Q=2, average="global"), (40,)),
    "plane": (sb.Scattering(ndim=2, J=1, L=2), (6, 9)),
    "joint": (sb.JointScattering(J=4, J_fr=2, Q=4), (64,)),
    "space": (sb.HarmonicScattering(1, L=1), (4, 4, 6)),
    "average in space": (sb.HarmonicScattering(1, L=1, method="standard"), (4, 4, 6)),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_features_are_the_coefficients_and_names_tell_which(case, rng) -> None:
    transform, shape = case
    rows = rng.standard_normal((3, int(np.prod(shape))))
    features = clone(ScatteringFeatures(transform, shape)).fit(rows)
    made, array = features.transform(rows), transform(rows.reshape(3, *shape)).array
    assert_allclose(made, array.reshape(3, -1))
    names = features.get_feature_names_out()
    assert len(set(names)) == made.shape[1]
    frame = features.set_output(transform="pandas").transform(rows)
    assert list(frame.columns) == list(names)
    # The last path, and the last sample of it, stand last.
    assert names[-1].endswith("]") == (array.ndim > 2)
    last = transform.paths[-1]
    assert names[-1].startswith(f"S{getattr(last, 'order', len(last))}(")


def test_a_name_finds_its_coefficient(rng) -> None:
    transform = sb.Scattering(J=3, Q=2)
    rows = rng.standard_normal((2, 40))
    features = ScatteringFeatures(transform).fit(rows)
    frame = pd.DataFrame(features.transform(rows), columns=features.get_feature_names_out())
    path = transform.paths[-1]
    assert_allclose(frame[f"S2({path[0]},{path[1]})[1]"], transform(rows)[path][:, 1])
    assert_allclose(frame["S0()[0]"], transform(rows)[()][:, 0])


def test_many_rows_go_through_in_parts(monkeypatch, rng) -> None:
    rows = rng.standard_normal((7, 32)).astype(np.float32)
    features = ScatteringFeatures().fit(rows)
    whole = features.transform(rows)
    monkeypatch.setattr(module, "TOGETHER", 70)
    assert_allclose(features.transform(rows), whole, rtol=1e-5, atol=1e-6)
    assert whole.dtype == np.float32


def test_default_leaves_two_averages() -> None:
    for shape in ((64,), (100,), (28, 28), (8, 30)):
        features = ScatteringFeatures(shape=shape).fit(np.ones((1, int(np.prod(shape)))))
        assert min(shape) // 2**features.scattering_.J in (2, 3)


def test_in_a_pipeline_and_a_search(rng) -> None:
    # Two textures that differ in scale, not in mean or variance, at random phases.
    t = np.arange(64)
    phase = rng.uniform(0, 2 * np.pi, (60, 1))
    kind = np.arange(60) % 2
    rows = np.cos(2 * np.pi * np.where(kind, 0.05, 0.2)[:, None] * t + phase) + 0.3 * rng.standard_normal(
        (60, 64)
    )
    model = make_pipeline(ScatteringFeatures(), StandardScaler(), LinearDiscriminantAnalysis())
    grid = {"scatteringfeatures__scattering": [sb.Scattering(J=J, Q=1, average="global") for J in (2, 4)]}
    search = GridSearchCV(model, grid, cv=3).fit(rows[:40], kind[:40])
    assert search.score(rows[40:], kind[40:]) == 1


@pytest.mark.parametrize(
    ("arguments", "samples", "says"),
    [
        ({"shape": (4, 5)}, 21, "rows of 20 samples, not 21"),
        ({"scattering": sb.Scattering(J=3, average=False)}, 32, "many sizes"),
        ({"scattering": sb.Scattering(ndim=2, J=1)}, 36, "shape="),
        ({"scattering": "morlet"}, 32, "give a Scattering"),
        ({"scattering": sb.Scattering(J=6)}, 32, "at most J=5"),
        ({"scattering": sb.HarmonicScattering(1, method="local"), "shape": (4, 4, 4)}, 64, "points"),
        ({"shape": (4, 4, 4)}, 64, "no default"),
    ],
)
def test_errors(arguments, samples, says) -> None:
    with pytest.raises(InvalidInput, match=says):
        ScatteringFeatures(**arguments).fit(np.ones((2, samples)))
