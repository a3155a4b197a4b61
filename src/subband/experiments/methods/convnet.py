"""A small convolutional network for single-channel images, the baseline for features without training."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from subband.errors import InvalidInput

Predict = Callable[[np.ndarray], np.ndarray]
BATCH = 128
CHANNELS = (16, 32)
HIDDEN = 128


def convnet(rows: int, columns: int, classes: int) -> nn.Sequential:
    """Two 5×5 convolutions, each with 2×2 max pooling, batch normalisation and ReLU, then two dense layers.

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-Based Learning Applied to Document
    Recognition (1998), LeNet-5, with max pooling, ReLU, batch normalisation and dropout. Pooling precedes the
    normalisation to quarter its cost.
    """
    first, second = CHANNELS
    left = [((n - 4) // 2 - 4) // 2 for n in (rows, columns)]
    return nn.Sequential(
        nn.Conv2d(1, first, 5),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(first),
        nn.ReLU(),
        nn.Conv2d(first, second, 5),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(second),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.25),
        nn.Linear(second * math.prod(left), HIDDEN),
        nn.BatchNorm1d(HIDDEN),
        nn.ReLU(),
        nn.Dropout(0.25),
        nn.Linear(HIDDEN, classes),
    )


def fit_convnet(x: np.ndarray, labels: np.ndarray, *, classes: int, steps: int, seed: int) -> Predict:
    """Train the network with AdamW and a one-cycle learning rate, on the CPU.

    Args:
        x: (N, rows, columns) images; standardised by their overall mean and standard deviation.
        labels: (N,) classes from 0.
        classes: Number of classes.
        steps: Number of batches of 128 images.
        seed: Of the weights, image order and dropout.

    Returns:
        Images (M, rows, columns) → classes (M,).

    Raises:
        InvalidInput: images smaller than 16×16, or no image.
    """
    if x.ndim != 3 or not len(x) or min(x.shape[1:]) < 16:
        raise InvalidInput(
            f"can't train on images of shape {x.shape}: give (N, rows, columns), at least 16×16"
        )
    mean, deviation = float(x.mean()), float(x.std()) or 1.0
    images = torch.from_numpy((x.astype(np.float32) - mean) / deviation)[:, None]
    targets = torch.from_numpy(labels.astype(np.int64))
    rng = np.random.default_rng(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = convnet(x.shape[1], x.shape[2], classes)
        optimiser = torch.optim.AdamW(net.parameters(), weight_decay=0.01)
        rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.004, total_steps=steps + 1)
        order = _orders(len(x), steps, rng)
        net.train()
        for batch in order:
            loss = nn.functional.cross_entropy(net(images[batch]), targets[batch], label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            rate.step()
    net.eval()

    def predict(new: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            parts = torch.from_numpy((new.astype(np.float32) - mean) / deviation)[:, None].split(512)
            return np.concatenate([net(part).argmax(dim=1).numpy() for part in parts])

    return predict


def _orders(n: int, steps: int, rng: np.random.Generator) -> np.ndarray:
    """(steps, BATCH) image indices: concatenated random permutations."""
    rounds = math.ceil(steps * BATCH / n)
    return np.concatenate([rng.permutation(n) for _ in range(rounds)])[: steps * BATCH].reshape(steps, BATCH)
