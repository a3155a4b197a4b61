"""Every transform inside PyTorch's and JAX's program transformations: compiled, exported, mapped, pickled."""

import multiprocessing
import pickle
import subprocess
import sys
from copy import deepcopy

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from torch._dynamo.utils import counters
from torch.autograd import forward_ad
from torch.library import opcheck
from torch.utils import _pytree
from torch.utils.data import DataLoader, Dataset

import subband as sb
from subband.arrays.programs import static
from subband.errors import InvalidInput

PAIR = (-2, -1)

SMOOTH = {
    "dwt": lambda x: sb.dwt(x, "db2", 2, axes=PAIR).array,
    "bands": lambda x: sb.dwt(x, "db2", 1, axes=PAIR)[1]["ad"],
    "idwt": lambda x: sb.idwt(sb.dwt(x, "db2", 2).map(lambda band: band**2)),
    "packets": lambda x: sb.packets(x, "haar", 2).array,
    "ipackets": lambda x: sb.ipackets(sb.packets(x, "haar", 2, axes=PAIR)),
    "packet_band": lambda x: sb.packet_band(x, "haar", ("ad", "da"), axes=PAIR),
    "ipacket_basis": lambda x: sb.ipacket_basis(sb.packet_basis(x, "haar", ["aa", "ad", "d"])),
    "orthogonal": lambda x: sb.dwt(x, "bior2.2", 1, "orthogonal", PAIR).array,
    "swt": lambda x: sb.swt(x, "haar", 2).array,
    "iswt": lambda x: sb.iswt(sb.swt(x, "haar", 1, PAIR)),
    "mra": lambda x: sb.mra(x, "haar", 2).array,
    "dtcwt": lambda x: sb.dtcwt(x, 1, PAIR).array,
    "idtcwt": lambda x: sb.idtcwt(sb.dtcwt(x, 1)),
    "cwt": lambda x: sb.cwt(x, "morlet", (0.1, 0.2)).array,
    "icwt": lambda x: sb.icwt(sb.cwt(x, sb.Morse(8.0, 3.0), voices=4)),
    "stft": lambda x: sb.stft(x, "hann", 4).array,
    "istft": lambda x: sb.istft(sb.stft(x, "hann", 4)),
    "shift": lambda x: sb.shift(x, 1.5),
    "rotate": lambda x: sb.rotate(x, 0.3),
    "lift": lambda x: sb.lift(x, "cdf2.2", 2).array,
    "unlift": lambda x: sb.unlift(sb.lift(x, "cdf2.2", 1)),
    "reference": lambda x: sb.idwt(sb.dwt(x, "haar", 1, "smooth", impl="reference"), impl="reference"),
}
"""Every transform and its inverse, of an image of 16×16."""

UNEVEN = {
    "squeeze": lambda x: sb.synchrosqueeze(sb.cwt(x, "morse", voices=4)).array,
    "isqueeze": lambda x: sb.isynchrosqueeze(sb.synchrosqueeze(sb.cwt(x, "morse", voices=4))),
    "threshold": lambda x: sb.threshold(x, 0.5),
    "denoise": lambda x: sb.denoise(x, "db2", level=1),
}
"""Those whose derivatives jump somewhere."""

TRANSFORMS = SMOOTH | UNEVEN


@pytest.fixture
def images() -> torch.Tensor:
    return torch.randn(3, 16, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def gradient(f, x: torch.Tensor) -> torch.Tensor:
    x = x.clone().requires_grad_()
    return torch.autograd.grad(f(x).abs().square().sum(), x)[0]


@pytest.mark.parametrize("name", TRANSFORMS)
def test_one_graph_gives_the_same_numbers_and_gradients(name: str, images) -> None:
    f = TRANSFORMS[name]
    torch._dynamo.reset()
    compiled = torch.compile(f, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(gradient(compiled, images), gradient(f, images))
    graphs = counters["stats"]["unique_graphs"]
    other = (2 * images).requires_grad_()
    torch.testing.assert_close(compiled(other), f(other))
    assert counters["stats"]["unique_graphs"] == graphs


@pytest.mark.parametrize("name", ["dwt", "cwt"])
def test_derivatives_may_be_taken_inside_a_compiled_function(name: str, images) -> None:
    f = TRANSFORMS[name]

    def energy(x):
        return f(x).abs().square().sum()

    def along(x, tangent):
        return torch.func.jvp(f, (x,), (tangent,))[1]

    torch._dynamo.reset()
    for g, given in (
        (torch.func.grad(energy), (images,)),
        (along, (images, images + 1)),
        (torch.func.vmap(f), (images[:, None],)),
    ):
        compiled = torch.compile(g, fullgraph=True, backend="aot_eager")
        torch.testing.assert_close(compiled(*given), g(*given))

    compiled = torch.compile(f, fullgraph=True, backend="aot_eager")
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(images, images + 1)
        tangents = [forward_ad.unpack_dual(g(dual)).tangent for g in (compiled, f)]
    torch.testing.assert_close(*tangents)


def test_one_graph_serves_any_batch(images) -> None:
    def f(x):
        return sb.idwt(sb.dwt(x, "db2", 2, axes=PAIR).map(torch.tanh))

    torch._dynamo.reset()
    compiled = torch.compile(f, fullgraph=True, backend="aot_eager", dynamic=True)
    compiled(images)
    graphs = counters["stats"]["unique_graphs"]
    for batch in (torch.cat([images, images]), images[:2]):
        torch.testing.assert_close(compiled(batch), f(batch))
    assert counters["stats"]["unique_graphs"] == graphs
    smaller = images[..., :12, :14]
    torch.testing.assert_close(compiled(smaller), f(smaller))


def test_inductor_compiles_forward_and_backward(images) -> None:
    def f(x):
        return sb.idwt(sb.dwt(x, "db4", 1).map(lambda band: band * torch.sigmoid(band)))

    torch._dynamo.reset()
    compiled = torch.compile(f, fullgraph=True)
    torch.testing.assert_close(gradient(compiled, images), gradient(f, images))


def test_containers_enter_and_leave_compiled_functions(images) -> None:
    torch._dynamo.reset()
    c = torch.compile(lambda x: sb.dwt(x, "db2", 2), fullgraph=True, backend="aot_eager")(images)
    assert c.spec == sb.dwt(images, "db2", 2).spec
    back = torch.compile(lambda c: sb.idwt(c.replace(2 * c.array)), fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(back(c), 2 * images)
    fresh = pickle.loads(pickle.dumps(sb.dwt(images, "db2", 2)))
    torch.testing.assert_close(back(fresh), 2 * images)


def test_static_functions_take_only_what_a_compiler_knows_by_value() -> None:
    @static
    def twice(n: int) -> int:
        return 2 * n

    assert twice(3) == 6
    with pytest.raises(TypeError, match="neither a number nor a string"):
        twice([3])


class Shrink(torch.nn.Module):
    """dwt → something → idwt, then packets and back."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = torch.nn.Parameter(torch.tensor(0.5, dtype=torch.float64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        c = sb.dwt(x, "db2", 2, axes=PAIR)
        p = sb.packets(sb.idwt(c.map(lambda band: band * self.gain)), "bior2.2", 1, "orthogonal")
        return sb.ipackets(p.replace(torch.tanh(p.array)))


class Frames(torch.nn.Module):
    """What `torch.export` saves with containers in its output."""

    def forward(self, x: torch.Tensor):
        basis = sb.packet_basis(x, "haar", ["aa", "ad", "d"])
        return sb.stft(x, "hann", 4), sb.lift(x, "cdf2.2", 2), sb.cwt(x, "morse", voices=2), basis


def test_an_exported_program_runs_in_a_fresh_process(images, tmp_path) -> None:
    batch = torch.export.Dim("batch")
    program = torch.export.export(Shrink(), (images,), dynamic_shapes={"x": {0: batch}})
    torch.export.save(program, tmp_path / "shrink.pt2")
    torch.export.save(torch.export.export(Frames(), (images,)), tmp_path / "frames.pt2")
    twice = torch.cat([images, images])
    frames = [c.array for c in Frames()(images)[:3]]
    torch.save((twice, Shrink()(twice).detach(), frames), tmp_path / "tensors.pt")
    code = (
        "import sys, pathlib, subband, torch\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "x, y, frames = torch.load(folder / 'tensors.pt')\n"
        "torch.testing.assert_close(torch.export.load(folder / 'shrink.pt2').module()(x), y)\n"
        "s, l, c, b = torch.export.load(folder / 'frames.pt2').module()(x[:3])\n"
        "torch.testing.assert_close([s.array, l.array, c.array], frames)\n"
        "for back in subband.istft(s), subband.unlift(l), subband.ipacket_basis(b):\n"
        "    torch.testing.assert_close(back, x[:3])\n"
        "assert c.spec == subband.cwt(x[:3], 'morse', voices=2).spec\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)


@pytest.mark.parametrize("name", [name for name in TRANSFORMS if name != "reference"])
def test_exports_leave_the_batch_open(name: str, images) -> None:
    f = TRANSFORMS[name]

    class Module(torch.nn.Module):
        def forward(self, x):
            return f(x)

    program = torch.export.export(Module(), (images,), dynamic_shapes={"x": {0: torch.export.Dim("batch")}})
    twice = torch.cat([images, images])
    torch.testing.assert_close(program.module()(twice), f(twice))


@pytest.mark.parametrize("name", TRANSFORMS)
def test_meta_tensors_have_the_right_shape_and_dtype(name: str, images) -> None:
    f = TRANSFORMS[name]
    got, want = f(images.to("meta")), f(images)
    assert (got.device.type, got.shape, got.dtype) == ("meta", want.shape, want.dtype)


@pytest.mark.parametrize("name", SMOOTH)
def test_torch_func_agrees_with_autograd(name: str, images) -> None:
    f, tangent = SMOOTH[name], torch.randn_like(images)
    torch.testing.assert_close(torch.func.vmap(f)(images[:, None]).flatten(0, 1), f(images))
    y, pushed = torch.func.jvp(f, (images,), (tangent,))
    # Central difference; all but idwt's squares are linear, and those are quadratic, so it is exact.
    torch.testing.assert_close(pushed, (f(images + tangent) - f(images - tangent)) / 2)
    pulled = torch.func.vjp(f, images)[1](y)[0]
    torch.testing.assert_close(2 * pulled, gradient(f, images))


def test_jacobians_by_rows_and_by_columns_agree() -> None:
    x = torch.randn(12, dtype=torch.float64)
    for f in (lambda x: sb.dwt(x, "db2", 1).array, lambda x: sb.packets(x, "haar", 2).array.flatten() ** 2):
        torch.testing.assert_close(torch.func.jacrev(f)(x), torch.func.jacfwd(f)(x))
    hessian = torch.func.hessian(lambda x: (sb.dwt(x, "db2", 1, "periodization").array ** 2).sum())(x)
    torch.testing.assert_close(hessian, 2 * torch.eye(12, dtype=torch.float64))


def test_the_operators_pass_their_checks(images) -> None:
    from subband.kernels import analytic_bank_torch, filterbank_torch
    from subband.kernels.plan import plan

    bank = sb.wavelet("db2").analysis("symmetric")
    numbers = filterbank_torch._numbers(plan((bank, bank), (16, 16), 2, "frequency"))
    checks = ("test_schema", "test_autograd_registration", "test_faketensor")
    for operation in ("pyramid_analysis", "tree_analysis"):
        x = images.clone().requires_grad_()
        opcheck(filterbank_torch.filterbank, (x, operation, *numbers), test_utils=checks)
    spectrum = torch.fft.rfft(images[0]).requires_grad_()
    multipliers = torch.rand(4, 9, dtype=torch.float64)
    arguments = (spectrum, multipliers, 16, 16, 0)
    opcheck(analytic_bank_torch.analytic_bank, arguments, test_utils=checks)


@pytest.mark.parametrize("mode", ["symmetric", "periodic", "zero"])
@pytest.mark.parametrize("samples", [1, 8, 9])
def test_the_analytic_banks_transpose_is_its_gradient(samples: int, mode: str) -> None:
    x = torch.randn(2, samples, dtype=torch.float64, requires_grad=True)
    for wavelet in ("morlet", sb.DOG(1)):
        assert torch.autograd.gradcheck(lambda x, w=wavelet: sb.cwt(x, w, (0.1, 0.3), mode=mode).array, x)


def test_autocast_leaves_precision_to_the_tensor(images) -> None:
    x = images.float().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        c = sb.dwt(x, "db2", 2)
        y = sb.idwt(c)
        spectrum, directions = sb.stft(x, "hann", 4), sb.dtcwt(x, 2)
    assert (c.array.dtype, y.dtype) == (torch.float32, torch.float32)
    torch.testing.assert_close(y, x)
    torch.testing.assert_close(spectrum.array, sb.stft(x, "hann", 4).array)
    torch.testing.assert_close(directions.array, sb.dtcwt(x, 2).array)
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.dtype == torch.float32


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", ["dwt", "ipackets", "iswt", "istft", "shift", "denoise", "idtcwt"])
def test_half_precision_is_computed_in_single(name: str, dtype: torch.dtype, images) -> None:
    f = TRANSFORMS[name]
    half = images.to(dtype).requires_grad_()
    want = f(half.detach().float())
    got = f(half)
    assert got.dtype in (dtype, torch.float32)
    # The result is rounded once; what lies between is single.
    torch.testing.assert_close(got.float(), want, rtol=2 * torch.finfo(dtype).eps, atol=2e-2)
    got.float().square().sum().backward()
    assert half.grad is not None
    assert half.grad.dtype == dtype


def containers(x) -> list:
    return [
        sb.dwt(x, "db2", 2),
        sb.packets(x, "haar", 2),
        sb.swt(x, "haar", 1, norm=True),
        sb.mra(x, "haar", 1),
        sb.dtcwt(x, 2),
        sb.lift(x, "cdf9.7", 1),
        sb.cwt(x, "morse", (0.1, 0.2)),
        sb.synchrosqueeze(sb.cwt(x, "morse", (0.1, 0.2))),
        sb.stft(x, "hann", 4),
    ]


def assert_same(a, b) -> None:
    (leaves, context), (others, other) = _pytree.tree_flatten(a), _pytree.tree_flatten(b)
    assert type(a) is type(b)
    assert context == other
    for leaf, another in zip(leaves, others, strict=True):
        np.testing.assert_array_equal(np.asarray(leaf), np.asarray(another))


@pytest.mark.parametrize("make", [np.asarray, torch.asarray], ids=["numpy", "torch"])
def test_containers_can_be_pickled_and_copied(make, rng) -> None:
    x = make(rng.standard_normal((2, 16)))
    pair = sb.phase_correlation(x, sb.shift(x, 2.0), -1)
    for made in [*containers(x), pair]:
        assert_same(pickle.loads(pickle.dumps(made)), made)
        assert_same(deepcopy(made), made)
        assert_same(_pytree.tree_map(lambda leaf: leaf, made), made)


def test_descriptions_wavelets_and_errors_can_be_pickled() -> None:
    for made in [
        *(c.spec for c in containers(np.ones((2, 16)))[:-1]),
        sb.stft(np.ones(16), "hann", 4).framing,
        sb.wavelet("db2"),
        sb.hilbert_pair(),
        sb.lifting("cdf9.7"),
        sb.Morse(8.0, 3.0),
    ]:
        copy = pickle.loads(pickle.dumps(made))
        assert copy == made
        assert hash(copy) == hash(made)
    with pytest.raises(InvalidInput) as raised:
        sb.dwt(np.ones(8), "nope")
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


def test_a_spawned_process_gives_the_same_numbers(rng) -> None:
    x = rng.standard_normal((2, 64))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        c = pool.apply(sb.dwt, (x, "db2", 2))
        np.testing.assert_array_equal(pool.apply(sb.idwt, (c,)), sb.idwt(c))
    assert_same(c, sb.dwt(x, "db2", 2))


class Transformed(Dataset):
    """Items that are transformed by the worker which loads them."""

    def __init__(self, signals: torch.Tensor) -> None:
        self.signals = signals

    def __len__(self) -> int:
        return len(self.signals)

    def __getitem__(self, i: int) -> torch.Tensor:
        return sb.packets(self.signals[i], "db2", 3).array


def test_workers_of_a_loader_transform_after_a_fork() -> None:
    signals = torch.randn(4, 1 << 17)
    threads = sb.threads()
    sb.set_threads(2)  # so that the pool exists before the fork and is shared work after it
    try:
        want = sb.packets(signals, "db2", 3).array
        loader = DataLoader(Transformed(signals), batch_size=2, num_workers=1, multiprocessing_context="fork")
        torch.testing.assert_close(torch.cat(list(loader)), want)
    finally:
        sb.set_threads(threads)


@pytest.mark.parametrize("name", ["dwt", "ipackets", "lift", "shift", "stft"])
def test_jax_compiles_maps_and_differentiates(name: str, images) -> None:
    f = TRANSFORMS[name]
    x = jnp.asarray(images.numpy())

    def energy(x):
        return (jnp.abs(f(x)) ** 2).sum()

    value, slope = jax.jit(jax.vmap(jax.value_and_grad(energy)))(x)
    np.testing.assert_allclose(
        value, f(images).abs().square().sum(tuple(range(1, f(images).ndim))), rtol=1e-9
    )
    np.testing.assert_allclose(slope, gradient(f, images).numpy(), rtol=1e-9, atol=1e-9)


def test_jax_knows_the_leaves_by_name() -> None:
    c = sb.stft(jnp.ones(16), jnp.ones(8), 4)
    paths = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(c)]
    assert paths == [".array", ".learnt"]


@pytest.mark.parametrize("first", ["subband", "torch"])
def test_libraries_are_met_whichever_is_imported_first(first: str) -> None:
    second = "torch" if first == "subband" else "subband"
    code = (
        f"import {first}, {second}; import torch, subband\n"
        "from torch.utils import _pytree\n"
        "assert subband.Coefficients in _pytree.SUPPORTED_NODES\n"
        "assert torch.ops.subband.filterbank\n"
        "assert torch.ops.subband.analytic_bank\n"
        "assert 'torch._dynamo' not in __import__('sys').modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
