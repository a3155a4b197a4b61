"""All transforms under torch.compile and torch.export."""

import os
import pickle
import subprocess
import sys

import pytest
import torch
from maps import PAIR, TRANSFORMS, gradient
from torch._dynamo.utils import counters
from torch.autograd import forward_ad
from torch.library import opcheck

import subband as sb
from subband.arrays.compilers import static


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


@pytest.mark.slow
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


@pytest.mark.slow
def test_one_graph_serves_any_batch(images) -> None:
    def f(x):
        return sb.idwt(sb.dwt(x, "db2", level=2, axes=PAIR).map(torch.tanh))

    torch._dynamo.reset()
    compiled = torch.compile(f, fullgraph=True, backend="aot_eager", dynamic=True)
    compiled(images)
    graphs = counters["stats"]["unique_graphs"]
    for batch in (torch.cat([images, images]), images[:2]):
        torch.testing.assert_close(compiled(batch), f(batch))
    assert counters["stats"]["unique_graphs"] == graphs
    smaller = images[..., :12, :14]
    torch.testing.assert_close(compiled(smaller), f(smaller))


@pytest.mark.slow
@pytest.mark.skipif(
    os.environ.get("ATEN_CPU_CAPABILITY") == "default",
    reason="PyTorch's Inductor writes vectors that don't compile under ATEN_CPU_CAPABILITY=default",
)
def test_inductor_compiles_forward_and_backward(images) -> None:
    def f(x):
        return sb.idwt(sb.dwt(x, "db4", level=1).map(lambda band: band * torch.sigmoid(band)))

    torch._dynamo.reset()
    compiled = torch.compile(f, fullgraph=True)
    torch.testing.assert_close(gradient(compiled, images), gradient(f, images))


def test_containers_enter_and_leave_compiled_functions(images) -> None:
    torch._dynamo.reset()
    c = torch.compile(lambda x: sb.dwt(x, "db2", level=2), fullgraph=True, backend="aot_eager")(images)
    assert c.spec == sb.dwt(images, "db2", level=2).spec
    back = torch.compile(lambda c: sb.idwt(c.replace(2 * c.array)), fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(back(c), 2 * images)
    fresh = pickle.loads(pickle.dumps(sb.dwt(images, "db2", level=2)))
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
        c = sb.dwt(x, "db2", level=2, axes=PAIR)
        p = sb.packets(sb.idwt(c.map(lambda band: band * self.gain)), "bior2.2", level=1, mode="orthogonal")
        return sb.ipackets(p.replace(torch.tanh(p.array)))


class Frames(torch.nn.Module):
    """What `torch.export` saves with containers in its output."""

    def forward(self, x: torch.Tensor):
        basis = sb.packet_basis(x, "haar", ["aa", "ad", "d"])
        return sb.stft(x, "hann", 4), sb.lift(x, "cdf2.2", level=2), sb.cwt(x, "morse", voices=2), basis


@pytest.mark.slow
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


def test_the_operators_pass_their_checks(images) -> None:
    from subband.kernels.analytic_bank import torch as analytic_bank_torch
    from subband.kernels.filterbank import torch as filterbank_torch
    from subband.kernels.filterbank.plan import plan

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
