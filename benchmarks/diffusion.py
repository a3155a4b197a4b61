"""The compact networks beside diffusers' UNet2DModel of as many parameters: 32 x 32 RGB, ratios of one run.

    python benchmarks/diffusion.py [--batch 32] [--rounds 5] [--threads 1]

Theirs is trained as by diffusers' example `train_unconditional.py`: float32, noise prediction, AdamW, gradients
clipped at 1, an average of the weights. Its blocks are a pair of levels of one width and a pair of twice that,
as in the example, cut to the four levels that 32 x 32 has room for and scaled to our number of parameters. Ours is
trained by its own objective with the same work around it, in float32 and in the precision that this machine is
fastest in. Each step is timed whole: noise, forward, backward, clipping, optimizer, average. Sampling counts 20
calls of the network for each image. All take turns in each round, and the median of the rounds is printed.
"""

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable
from statistics import median

if "--threads" in sys.argv:
    os.environ["OMP_NUM_THREADS"] = sys.argv[sys.argv.index("--threads") + 1]

import diffusers
import torch
from diffusers.training_utils import EMAModel
from torch import nn

from subband.generate.diffusion import Denoiser, FlowPath, sample
from subband.generate.spaces.packets import from_packets, to_packets
from subband.nn import DiT, UNet
from subband.training import PowerAverage, Precision, fast_precision, generator, initialised

CALLS = 20
Work = Callable[[], object]


def parameters(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


def theirs(width: int) -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return diffusers.UNet2DModel(
            sample_size=32,
            in_channels=3,
            out_channels=3,
            layers_per_block=2,
            block_out_channels=(width, width, 2 * width, 2 * width),
            down_block_types=("DownBlock2D", "DownBlock2D", "AttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "AttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
            norm_num_groups=4,
        )


def of_size(count: int) -> nn.Module:
    """diffusers' network whose number of parameters is nearest to `count`."""
    with torch.device("meta"):
        width = min(range(16, 129, 4), key=lambda w: abs(parameters(theirs(w)) - count))
    return theirs(width)


def their_training(model: nn.Module, batch: torch.Tensor) -> Work:
    scheduler = diffusers.DDPMScheduler(1000)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-4, betas=(0.95, 0.999), weight_decay=1e-6)
    average = EMAModel(model.parameters(), decay=0.9999, use_ema_warmup=True)

    def step() -> None:
        eps = torch.randn_like(batch)
        k = torch.randint(0, 1000, (len(batch),))
        y = model(scheduler.add_noise(batch, eps, k), k).sample
        nn.functional.mse_loss(y, eps).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        average.step(model.parameters())

    return step


def their_sampling(model: nn.Module, shape: torch.Size) -> Work:
    scheduler = diffusers.DDIMScheduler(1000)
    scheduler.set_timesteps(CALLS)

    @torch.no_grad()
    def draw() -> torch.Tensor:
        x = torch.randn(shape)
        for k in scheduler.timesteps:
            x = scheduler.step(model(x, k).sample, k, x).prev_sample
        return x

    return draw


def our_training(net: nn.Module, batch: torch.Tensor, packets: bool, precision: Precision) -> Work:
    denoiser = Denoiser(net, FlowPath(), "v")
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3, betas=(0.9, 0.99), fused=True)
    average = PowerAverage(net)
    count = iter(range(10**9))
    random = generator(0)

    def step() -> None:
        x0 = to_packets(batch) if packets else batch
        eps = torch.randn(x0.shape, generator=random)
        with precision.context(torch.device("cpu")):
            loss = denoiser.loss(x0, eps, denoiser.path.draw_times(len(x0), random))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        average.update(next(count))

    return step


def our_sampling(net: nn.Module, shape: torch.Size, packets: bool, precision: Precision) -> Work:
    denoiser = Denoiser(net, FlowPath(), "v")
    like = to_packets(torch.zeros(shape)) if packets else torch.zeros(shape)

    def draw() -> torch.Tensor:
        with precision.context(torch.device("cpu")):
            x = sample(denoiser, torch.randn_like(like), "euler", steps=CALLS)
        return from_packets(x) if packets else x

    return draw


def rates(works: dict[str, Work], rounds: int, batch: int) -> dict[str, float]:
    """Images per second of each, from the median over rounds in which all take their turn."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(rounds):
        for name, work in works.items():
            began = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - began)
    return {name: batch / median(taken) for name, taken in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    batch = torch.rand(options.batch, 3, 32, 32) * 2 - 1
    with initialised(0):
        ours = {
            "U-Net on packets": (UNet(12, width=48, multipliers=(1, 2, 2), patch=1), True),
            "U-Net on patches": (UNet(3, width=64, multipliers=(1, 2), patch=2), False),
            "DiT, 64 tokens": (DiT(3, width=168, depth=4, heads=6, patch=4), False),
        }
        peer = of_size(parameters(ours["U-Net on packets"][0]))
    sizes = {"UNet2DModel, float32": parameters(peer)}
    training = {"UNet2DModel, float32": their_training(peer, batch)}
    sampling = {"UNet2DModel, float32": their_sampling(peer, batch.shape)}
    fast = fast_precision()
    for name, (net, packets) in ours.items():
        for precision in dict.fromkeys((Precision(), fast)):
            row = f"{name}, {str(precision.autocast).removeprefix('torch.')}"
            sizes[row] = parameters(net)
            training[row] = our_training(net, batch, packets, precision)
            sampling[row] = our_sampling(net, batch.shape, packets, precision)
    print(f"{options.threads} thread(s), batch {options.batch}, torch {torch.__version__}; images per second")
    print(f"{'':<28}{'parameters':>12}{'training':>12}{'ratio':>8}{'sampling':>12}{'ratio':>8}")
    trained, drawn = (rates(works, options.rounds, options.batch) for works in (training, sampling))
    base = next(iter(sizes))
    for row, size in sizes.items():
        speeds = f"{trained[row]:>12.1f}{trained[row] / trained[base]:>8.2f}"
        speeds += f"{drawn[row]:>12.2f}{drawn[row] / drawn[base]:>8.2f}"
        print(f"{row:<28}{size:>12,}{speeds}")


if __name__ == "__main__":
    main()
