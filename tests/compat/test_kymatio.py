"""kymatio's names give kymatio's values, layouts, attributes, warnings and errors; kymatio itself is the oracle."""

import copy
import io
import pickle
import warnings
from types import SimpleNamespace

import jax
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import subband as sb
from kymatio_oracle import kymatio_itself
from subband.compat import kymatio as ours

theirs = kymatio_itself()

LINES = {
    "plain": {"J": 3, "shape": 1024},
    "many voices": {"J": 6, "shape": 512, "Q": 16},
    "two Q": {"J": 7, "shape": 2048, "Q": (8, 2)},
    "odd length": {"J": 5, "shape": 777, "Q": 4},
    "T between powers": {"J": 5, "shape": (1000,), "Q": (4,), "T": 50},
    "short T": {"J": 6, "shape": 512, "Q": 8, "T": 16},
    "T of one": {"J": 4, "shape": 64, "Q": 3, "T": 1},
    "T of all": {"J": 4, "shape": 300, "Q": 8, "T": 300},
    "oversampled": {"J": 6, "shape": 512, "Q": 8, "oversampling": 1},
    "all samples": {"J": 5, "shape": 512, "Q": 2, "oversampling": 99},
    "first order": {"J": 6, "shape": 1024, "Q": 12, "max_order": 1},
    "too short for its average": {"J": 7, "shape": 128, "Q": 8},
}
PLANES = {
    "plain": {"J": 2, "shape": (16, 16)},
    "odd sides": {"J": 2, "shape": (15, 21), "L": 4},
    "not square": {"J": 3, "shape": (8, 32), "L": 3},
    "one scale": {"J": 1, "shape": (8, 9)},
    "one block": {"J": 3, "shape": (8, 8), "max_order": 1},
    "four scales": {"J": 4, "shape": (17, 24), "L": 2},
    "padded by the caller": {"J": 2, "shape": (16, 16), "L": 4, "pre_pad": True},
}
SPACES = {
    "as kymatio's own test": {"J": 2, "shape": (16, 16, 16), "L": 2},
    "unequal sides": {"J": 1, "shape": (8, 12, 10), "L": 3, "sigma_0": 0.8},
    "one order": {"J": 2, "shape": (10, 10, 10), "max_order": 1},
    "not covariant": {"J": 1, "shape": (12, 12, 12), "rotation_covariant": False},
    "other powers": {"J": 1, "shape": (8, 8, 8), "integral_powers": [1, 3.0]},
}


def made(library, name: str, arguments: dict, **more):
    """The transform, and the warnings on the way."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        return getattr(library, name)(**arguments, **more), [(w.category, str(w.message)) for w in caught]


def both(name: str, arguments: dict, rng, frontend: str = "numpy"):
    """Our transform, kymatio's, and a signal for them; both warned alike."""
    our, our_warnings = made(ours, name, arguments, frontend=frontend)
    their, their_warnings = made(theirs, name, arguments, frontend=frontend)
    assert our_warnings == their_warnings
    shape = arguments["shape"]
    if arguments.get("pre_pad"):
        shape = (their._M_padded, their._N_padded)
    x = rng.standard_normal((2, 2, *np.atleast_1d(shape))).astype(np.float32)
    return our, their, x if frontend != "torch" else torch.from_numpy(x)


def agree(ours, theirs, rtol: float = 1e-6) -> None:
    """Equal to within a part of the largest value."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert_allclose(ours, theirs, rtol=0, atol=rtol * np.abs(theirs).max())


@pytest.mark.parametrize("frontend", ["numpy", "torch"])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        *(pytest.param("Scattering1D", a, id=f"1d {k}") for k, a in LINES.items()),
        *(pytest.param("Scattering2D", a, id=f"2d {k}") for k, a in PLANES.items()),
        *(pytest.param("HarmonicScattering3D", a, id=f"3d {k}") for k, a in SPACES.items()),
    ],
)
def test_values(name, arguments, frontend, rng) -> None:
    our, their, x = both(name, arguments, rng, frontend)
    y = our(x)
    agree(y, their(x))
    assert type(y) is type(x)
    assert y.dtype == x.dtype


@pytest.mark.parametrize("arguments", [LINES["two Q"], LINES["first order"], LINES["T of one"]])
def test_meta_and_sizes(arguments, rng) -> None:
    our, their, _ = both("Scattering1D", arguments, rng)
    expected, found = their.meta(), our.meta()
    assert list(found) == list(expected)
    assert found.pop("key") == expected.pop("key")
    for field, values in expected.items():
        assert_allclose(found[field], values, rtol=1e-13)
    assert our.output_size() == their.output_size()
    assert our.output_size(detail=True) == their.output_size(detail=True)


@pytest.mark.parametrize("arguments", LINES.values(), ids=LINES)
def test_attributes_of_one_axis(arguments, rng) -> None:
    our, their, _ = both("Scattering1D", arguments, rng)
    names = "J Q T shape log2_T max_order average oversampling out_type pad_left pad_right ind_start ind_end"
    for name in f"{names} r_psi sigma0 alpha frontend_name".split():
        assert getattr(our, name) == getattr(their, name), name
    for ours_, theirs_ in (
        ([our.phi_f], [their.phi_f]),
        (our.psi1_f, their.psi1_f),
        (our.psi2_f, their.psi2_f),
    ):
        same_filters(ours_, theirs_, ("xi", "sigma", "j"))
    for name in ("N", "J_pad"):
        with pytest.warns(DeprecationWarning, match=name):
            found = getattr(our, name)
        with pytest.warns(DeprecationWarning, match=name):
            assert found == getattr(their, name)


@pytest.mark.parametrize("arguments", PLANES.values(), ids=PLANES)
def test_attributes_of_two_axes(arguments, rng) -> None:
    our, their, _ = both("Scattering2D", arguments, rng)
    for name in ("J", "L", "shape", "max_order", "pre_pad", "out_type", "frontend_name"):
        assert getattr(our, name) == getattr(their, name), name
    same_filters(our.psi, their.psi, ("j", "theta"))
    same_filters([our.phi], [their.phi], ("j",))
    with pytest.warns(DeprecationWarning, match="shape"):
        found = (our.M, our.N)
    assert found == arguments["shape"]


def same_filters(ours, theirs, fields) -> None:
    assert len(ours) == len(theirs)
    for our, their in zip(ours, theirs, strict=True):
        assert_allclose([our[f] for f in fields], [their[f] for f in fields], rtol=1e-13)
        for mine, level in zip(our["levels"], their["levels"], strict=True):
            assert_allclose(mine, level, atol=2e-6)


@pytest.mark.parametrize("T", [None, 0, 8])
@pytest.mark.parametrize("frontend", ["numpy", "torch"])
def test_lists_and_dictionaries_of_one_axis(T, frontend, rng) -> None:
    arguments = {"J": 5, "shape": 300, "Q": 4, "T": T, "out_type": "list"}
    our, their, x = both("Scattering1D", arguments, rng, frontend)
    for mine, same in zip(our(x), their(x), strict=True):
        assert (mine["j"], mine["n"]) == (same["j"], same["n"])
        agree(mine["coef"], same["coef"])
    # These may be changed after creation.
    our.out_type = their.out_type = "dict"
    our.oversampling = their.oversampling = 1
    found, expected = our(x), their(x)
    assert list(found) == list(expected)
    for key, value in expected.items():
        agree(found[key], value)
    our.max_order = their.max_order = 1
    assert list(our(x)) == list(their(x))


@pytest.mark.parametrize("max_order", [1, 2])
def test_lists_of_two_axes(max_order, rng) -> None:
    our, their, x = both("Scattering2D", PLANES["odd sides"] | {"max_order": max_order}, rng)
    our.out_type = their.out_type = "list"
    for mine, same in zip(our(x), their(x), strict=True):
        coefficients, expected = mine.pop("coef"), same.pop("coef")
        assert mine == same
        agree(coefficients, expected, 2e-6)


def test_batches_of_any_shape() -> None:
    for name, arguments in (("Scattering1D", LINES["plain"]), ("Scattering2D", PLANES["plain"])):
        transform = getattr(ours, name)(**arguments)
        shape = tuple(np.atleast_1d(arguments["shape"]))
        one = transform(np.ones(shape, np.float32))
        for batch in ((), (1,), (2, 3), (0,)):
            y = transform(np.ones((*batch, *shape), np.float32))
            assert y.shape == (*batch, *one.shape)


def test_jax_flavour_takes_both_kinds_under_jit_and_grad(rng) -> None:
    transform = ours.Scattering1D(J=2, shape=128, frontend="jax")
    x = rng.standard_normal((2, 128)).astype(np.float32)
    expected = ours.Scattering1D(J=2, shape=128)(x)
    y = jax.jit(transform.scattering)(x)
    assert isinstance(y, jax.Array)
    agree(y, expected)
    gradient = jax.jit(jax.grad(lambda x: transform(x).sum()))(jax.numpy.zeros(128))
    assert bool(jax.numpy.isfinite(gradient).all())


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Scattering1D", LINES["plain"]),
        ("Scattering2D", PLANES["plain"]),
        ("HarmonicScattering3D", SPACES["one order"]),
    ],
)
def test_torch_flavour_is_a_module(name, arguments, rng) -> None:
    transform = getattr(ours, name)(**arguments, frontend="torch")
    x = torch.from_numpy(rng.standard_normal((2, *np.atleast_1d(arguments["shape"]))).astype(np.float32))
    expected = transform(x)
    model = torch.nn.Sequential(transform, torch.nn.Flatten())
    assert not list(model.parameters())
    model.load_state_dict(model.state_dict())
    stored = io.BytesIO()
    torch.save(model, stored)
    stored.seek(0)
    for same in (
        copy.deepcopy(transform),
        pickle.loads(pickle.dumps(transform)),
        torch.load(stored, weights_only=False)[0],
        transform.to("cpu").double(),
    ):
        assert torch.equal(same(x), expected)
    x.requires_grad_()
    transform(x).sum().backward()
    assert x.grad.abs().max() > 0
    assert transform(torch.zeros_like(x, device="meta")).device.type == "meta"


def test_what_kymatio_saved_can_be_loaded() -> None:
    arguments = {"J": 2, "shape": (16, 16), "L": 4, "max_order": 2, "frontend": "torch"}
    old = torch.nn.Sequential(theirs.Scattering2D(**arguments), torch.nn.BatchNorm2d(25))
    new = torch.nn.Sequential(ours.Scattering2D(**arguments), torch.nn.BatchNorm2d(25))
    assert "0.tensor0" in old.state_dict()
    old[1].weight.data.normal_()
    new.load_state_dict(old.state_dict())
    assert torch.equal(new[1].weight, old[1].weight)


@pytest.mark.parametrize("name", ["Scattering1D", "Scattering2D", "HarmonicScattering3D"])
def test_sklearn_flavour(name, rng) -> None:
    shape = {"Scattering1D": (64,), "Scattering2D": (8, 12), "HarmonicScattering3D": (8, 8, 8)}[name]
    arguments = {"J": 2, "shape": shape, "frontend": "sklearn"}
    our, their = getattr(ours, name)(**arguments), getattr(theirs, name)(**arguments)
    rows = rng.standard_normal((6, int(np.prod(shape))))
    agree(our.predict(rows), their.predict(rows))
    assert_allclose(clone(our).transform(rows), our.fit(rows).transform(rows))
    fewer = clone(our).set_params(J=1)
    assert fewer.get_params()["J"] == fewer.J == 1
    assert fewer.transform(rows).shape == getattr(theirs, name)(**arguments | {"J": 1}).transform(rows).shape
    with pytest.raises(ValueError, match="Invalid parameters"):
        our.set_params(scales=3)
    model = make_pipeline(our, LogisticRegression()).fit(rows, np.arange(6) % 2)
    assert model.score(rows, np.arange(6) % 2) == 1


def test_frontends() -> None:
    assert type(ours.Scattering2D(2, (8, 8))).__module__ == "subband.compat.kymatio.numpy"
    assert isinstance(ours.Scattering1D(2, 64, frontend="TORCH"), torch.nn.Module)
    for library in (ours, theirs):
        with pytest.raises(RuntimeError, match="is not valid"):
            library.Scattering1D(2, 64, frontend="matlab")
        for backend in ("torch", SimpleNamespace(name="torch")):
            with pytest.raises(ImportError):
                library.Scattering1D(2, 64, backend=backend)
    assert ours.Scattering1D(2, 64, backend="numpy").backend == "numpy"


CONSTRUCTIONS = [
    ("Scattering1D", {"J": 3, "shape": (5, 6)}, "exactly one element"),
    ("Scattering1D", {"J": 3, "shape": 1.5}, "integer or a 1-tuple"),
    ("Scattering1D", {"J": 3, "shape": 64, "Q": 0.9}, ">= 1"),
    ("Scattering1D", {"J": 3, "shape": 64, "Q": [8]}, "an integer or a tuple"),
    ("Scattering1D", {"J": 3, "shape": 64, "Q": (8, 1, 1)}, "beyond order 2"),
    ("Scattering1D", {"J": 3, "shape": 64, "T": 65}, "cannot exceed"),
    ("Scattering1D", {"J": 3, "shape": 64, "T": 0.5}, "T must be"),
    ("Scattering1D", {"J": 3, "shape": 64, "T": 0, "average": True}, "must not be True"),
    ("Scattering1D", {"J": 3, "shape": 64, "T": 8, "average": False}, "not permitted"),
    ("Scattering2D", {"J": 4, "shape": (8, 32)}, "larger than 2"),
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("name", "arguments", "says"), CONSTRUCTIONS)
def test_errors_of_construction(name, arguments, says) -> None:
    with pytest.raises(Exception, match=says) as theirs_:
        getattr(theirs, name)(**arguments)
    with pytest.raises(Exception, match=says) as ours_:
        getattr(ours, name)(**arguments)
    assert ours_.type is theirs_.type


CALLS = [
    ("Scattering1D", {"out_type": "doesnotexist"}, np.zeros(64, "f"), "out_type must be one"),
    ("Scattering1D", {"T": 0}, np.zeros(64, "f"), "Cannot convert"),
    ("Scattering1D", {"oversampling": -1}, np.zeros(64, "f"), "nonnegative"),
    ("Scattering1D", {"oversampling": 0.5}, np.zeros(64, "f"), "integer"),
    ("Scattering1D", {}, np.zeros((), "f"), "at least one axis"),
    ("Scattering1D", {}, np.zeros(64, int), "real"),
    ("Scattering1D", {}, np.zeros(64, complex), "real"),
    ("Scattering2D", {}, None, "not empty"),
    ("Scattering2D", {}, np.zeros(8, "f"), "at least two"),
    ("Scattering2D", {}, np.zeros((8, 9), "f"), "array must be of spatial size"),
    ("Scattering2D", {"pre_pad": True}, np.zeros((8, 8), "f"), "Padded array must be of spatial size"),
    ("Scattering2D", {"out_type": "dict"}, np.zeros((8, 8), "f"), "'array' or 'list'"),
    ("Scattering2D", {}, np.zeros((8, 8), int), "real"),
    ("HarmonicScattering3D", {}, None, "not empty"),
    ("HarmonicScattering3D", {}, np.zeros((8, 8), "f"), "at least three"),
    ("HarmonicScattering3D", {}, np.zeros((8, 8, 9), "f"), "must be of spatial size"),
]
SHAPES = {"Scattering1D": 64, "Scattering2D": (8, 8), "HarmonicScattering3D": (8, 8, 8)}


@pytest.mark.parametrize(("name", "arguments", "x", "says"), CALLS)
def test_errors_of_calls(name, arguments, x, says) -> None:
    arguments = {"J": 2, "shape": SHAPES[name]} | arguments
    with pytest.raises(Exception, match=says) as theirs_:
        getattr(theirs, name)(**arguments)(x)
    with pytest.raises(Exception, match=says) as ours_:
        getattr(ours, name)(**arguments)(x)
    assert ours_.type is theirs_.type


@pytest.mark.parametrize("name", ["Scattering2D", "HarmonicScattering3D"])
def test_errors_of_the_torch_flavour(name) -> None:
    arguments = {"J": 2, "shape": SHAPES[name], "frontend": "torch"}
    transposed = torch.zeros(SHAPES[name]).T if name == "Scattering2D" else torch.zeros(8, 8, 16)[..., ::2]
    for x, kind in ((None, TypeError), (np.zeros(SHAPES[name]), TypeError), (transposed, RuntimeError)):
        with pytest.raises(kind):
            getattr(ours, name)(**arguments)(x)
    with pytest.raises(ValueError, match="integral"):
        ours.HarmonicScattering3D(2, (8, 8, 8), method="local", frontend="torch")(torch.zeros(8, 8, 8))


def test_a_wrong_length_is_an_error_where_kymatio_goes_on() -> None:
    with pytest.raises(ValueError, match="64 samples"):
        ours.Scattering1D(2, 64)(np.zeros(65, np.float32))


def test_sums_of_aliases_are_subbands_own_choice(rng) -> None:
    x = rng.standard_normal(512)
    compatible, own = ours.Scattering1D(6, 512, 8), sb.Scattering(ndim=1, J=6, Q=8)
    first = slice(0, compatible.output_size(detail=True)[1])
    second = np.array([len(path) == 2 and own.paths["j"][c, 0] > 0 for c, path in enumerate(own.paths)])
    ratio = np.linalg.norm(own(x).array[second]) / np.linalg.norm(compatible(x)[second])
    assert ratio > 2
    assert first.stop > 1
