"""Verdicts a second, from JPEG files on a disk, beside a ResNet-50 that sees the same files at 224²; two threads.

    python benchmarks/detect.py photos/ --count 64

Ours is all that `subband detect` does, two pictures at a time: decoding, provenance, traces, the packaged detector
on several crops and, for firm verdicts, on two copies of the picture. The rival decodes, scales and normalises, and
runs torch's operations in batches of 16; its weights are random, which does not change its time. Both read the
same files, in turns.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

os.environ["SUBBAND_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "2"

import numpy as np
import torch
from contest import take_turns
from PIL import Image
from transformers import ResNetConfig, ResNetForImageClassification

from subband.cli.detectors import load_detector
from subband.data.sources import entries
from subband.forensics import Judgement, judge
from subband.forensics.evidence import Judge
from subband.runs.in_order import in_order

MEAN, DEVIATION = (torch.tensor(x)[:, None, None] for x in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))


def jpegs(source: str, folder: Path, count: int) -> list[Path]:
    """The first images of a source as JPEG files of quality 90 in `folder`."""
    files = []
    for k, entry in enumerate(entries(source, labels=False)):
        if k == count:
            break
        with entry.open() as file:
            files.append(folder / f"{k:04d}.jpg")
            Image.open(file).convert("RGB").save(files[-1], quality=90)
    return files


def tensor(file: Path) -> torch.Tensor:
    """(3, 224, 224), as networks for ImageNet see it."""
    pixels = np.asarray(Image.open(file).convert("RGB").resize((224, 224), Image.Resampling.BILINEAR))
    return (torch.from_numpy(pixels.copy()).permute(2, 0, 1) / 255 - MEAN) / DEVIATION


def verdicts(detector: Judge, files: list[Path]) -> list[Judgement]:
    """What is said of each file."""
    torch.set_num_threads(1)
    return list(in_order(lambda file: judge(file, detector), files, workers=2))


@torch.inference_mode()
def classes(net: torch.nn.Module, files: list[Path], batch: int = 16) -> list[int]:
    """The class that the network sees in each file."""
    torch.set_num_threads(2)
    found = []
    for start in range(0, len(files), batch):
        inputs = torch.stack([tensor(file) for file in files[start : start + batch]])
        found += net(inputs).logits.argmax(dim=1).tolist()
    return found


def main() -> None:
    """Print images a second of both, and their ratio."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("source", help="folder, tar or zip file of images")
    words.add_argument("--count", type=int, default=64)
    words.add_argument("--model", help="folder of a detector; the one in the package by default")
    words.add_argument("--repeats", type=int, default=5)
    given = words.parse_args()
    detector, net = load_detector(given.model), ResNetForImageClassification(ResNetConfig()).eval()
    with tempfile.TemporaryDirectory(prefix="sb-bench-") as folder:
        files = jpegs(given.source, Path(folder), given.count)
        width, height = Image.open(files[0]).size
        times = take_turns(
            {
                "ours": lambda: verdicts(detector, files),
                "ResNet-50": lambda: classes(net, files),
            },
            given.repeats,
        )
    print(f"{len(files)} files, the first {width} × {height}")
    for name in ("ours", "ResNet-50"):
        print(f"{name:<10} {len(files) / times.seconds(name):8.1f} images/s")
    print(f"ours is {times.ratio('ResNet-50', 'ours'):.1f} × as fast")


if __name__ == "__main__":
    sys.exit(main())
