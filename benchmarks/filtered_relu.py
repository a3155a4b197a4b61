"""The filtered leaky ReLU, forward and backward, beside PyTorch's operations that compose it: float32, 2 threads.

    [THREADS=2] python benchmarks/filtered_relu.py

Composed: zeros between the samples, padding, two depthwise convolutions, leaky ReLU, two strided depthwise
convolutions (or one of the plane, for a filter that is not separable), each differentiated by PyTorch. Both compute
the same gradient, which is compared first; ours has channels last, as StyleGAN3 keeps its maps, PyTorch's channels
first, which is faster for it. Counts per sample of x, for 12 taps at twice the rate: 36
multiplications and additions up, 36 down (144 for a filter of the plane), so 72 forward, and 36 + 36 + 36 backward,
where the signs on the fine grid are computed again; memory that has to be touched is x, y and both gradients, 16
bytes.

Peak memory is the process's own high-water mark during one forward and backward pass, beside what was there before,
in a process of its own (`benchmarks/memory.py` says how).
"""

import os
import subprocess
import sys
from pathlib import Path

os.environ["SUBBAND_THREADS"] = os.environ["OMP_NUM_THREADS"] = os.environ.get("THREADS", "2")
os.environ["MALLOC_MMAP_THRESHOLD_"] = os.environ["MALLOC_TRIM_THRESHOLD_"] = "65536"

import torch
from contest import same, take_turns
from memory import resident
from torch.nn import functional as F

import subband as sb
from subband.generate.stylegan3 import LADDER, schedule
from subband.kernels.filtered_relu import ReluPlan, filtered_relu

THREADS = int(os.environ.get("THREADS", "2"))
torch.set_num_threads(THREADS)
sb.set_threads(THREADS)


def layers() -> dict[str, tuple[tuple[int, ...], ReluPlan]]:
    """Name -> shape of x, and the plan: layers of StyleGAN3 at 256 px with 64 channels, for a batch of 8."""
    found = {}
    for name in ("T", "R"):
        _, plans = schedule(
            256, LADDER[name], layers=14, critical=2, margin=10, base=32768, most=64, channels=3
        )
        for i in (1, 4, 9):
            n = plans[i].convolved
            channels = 64 if i < 9 else 16
            rate = f"{plans[i].before.rate} to {plans[i].after.rate}"
            found[f"{name}, layer {i}, rate {rate}"] = (8, channels, n, n), plans[i].relu()
    return found


def composed(x: torch.Tensor, bias: torch.Tensor, plan: ReluPlan) -> torch.Tensor:
    n, c, h, w = x.shape
    top, bottom, left, right = plan.pad
    z = x.new_zeros(n, c, h, plan.up, w, plan.up)
    z[:, :, :, 0, :, 0] = x + bias[:, None, None]
    z = F.pad(z.reshape(n, c, h * plan.up, w * plan.up), (left, right, top, bottom))
    z = depthwise(z, plan.up_filter, 1)
    z = (F.leaky_relu(z, plan.slope) * plan.gain).clamp(-plan.clamp, plan.clamp)
    return depthwise(z, plan.down_filter, plan.down)


def depthwise(z: torch.Tensor, taps, stride: int) -> torch.Tensor:
    h, c = torch.tensor(taps, dtype=z.dtype), z.shape[1]
    if h.ndim == 2:
        return F.conv2d(z, h.expand(c, 1, -1, -1), groups=c, stride=stride)
    z = F.conv2d(z, h.expand(c, 1, 1, -1), groups=c, stride=(1, stride))
    return F.conv2d(z, h[:, None].expand(c, 1, -1, 1), groups=c, stride=(stride, 1))


def passes(f, shape: tuple[int, ...], plan: ReluPlan):
    """One forward and backward pass, as a function that returns the gradients."""
    torch.manual_seed(0)
    x, bias = torch.randn(shape), torch.randn(shape[1]).requires_grad_()
    s = torch.randn((*shape[:2], *plan.size(shape[2:])))  # type: ignore[arg-type]
    if f is filtered_relu:  # as StyleGAN3 keeps its maps
        x, s = (t.contiguous(memory_format=torch.channels_last) for t in (x, s))
    x.requires_grad_()
    return lambda: torch.autograd.grad((f(x, bias, plan) * s).sum(), (x, bias))


OURS, THEIRS = "subband", "PyTorch's operations"
WAYS = {OURS: filtered_relu, THEIRS: composed}


def extra(name: str, way: str) -> float:
    """Peak extra memory of a forward and backward pass in this process, over the size of x."""
    shape, plan = layers()[name]
    passes(WAYS[way], (1, 1, *shape[2:]), plan)()
    work = passes(WAYS[way], shape, plan)
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    made = work()
    return (resident("VmHWM") - before) / made[0].nbytes


def main() -> None:
    if len(sys.argv) == 3:
        print(extra(sys.argv[1], sys.argv[2]))
        return
    print(f"kernels: {sb.build_info()}, {THREADS} threads")
    for name, (shape, plan) in layers().items():
        work = {way: passes(f, shape, plan) for way, f in WAYS.items()}
        same(name, *(w()[0].numpy() for w in work.values()))
        times = take_turns(work, 3)
        run = [sys.executable, __file__, name]
        memory = {
            way: float(subprocess.run([*run, way], capture_output=True, text=True, check=True).stdout)
            for way in WAYS
        }
        ours, theirs = 1000 * times.seconds(OURS), 1000 * times.seconds(THEIRS)
        print(
            f"{name:28} x {shape!s:20} {ours:7.1f} ms, {theirs:8.1f} ms: {times.ratio(THEIRS, OURS):5.1f} times as "
            f"fast; memory {memory[OURS]:5.2f}, {memory[THEIRS]:6.2f} × x",
            flush=True,
        )


if __name__ == "__main__":
    main()
