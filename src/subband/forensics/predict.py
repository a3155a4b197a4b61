"""Inference: logits and probabilities, without importing training code."""

import numpy as np
import torch
from torch import nn

from subband.forensics.classifiers import Classifier
from subband.forensics.features import chunks


@torch.no_grad()
def logits_of(classifier: Classifier, pixels: np.ndarray) -> np.ndarray:
    """Logits of images, evaluated in batches: (N, H, W, 3) uint8 → (N, classes) float64."""
    classifier.eval()
    device = next(classifier.parameters()).device
    return np.concatenate([classifier(x.to(device)).double().cpu().numpy() for x in chunks(pixels)])


@torch.no_grad()
def features_of(classifier: Classifier, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logits (N, classes) and inputs of the last linear layer (N, D), float64, of (N, H, W, 3) uint8 images."""
    last = [module for module in classifier.modules() if isinstance(module, nn.Linear)][-1]
    found: list[np.ndarray] = []
    with last.register_forward_pre_hook(lambda _, inputs: found.append(inputs[0].double().cpu().numpy())):
        logits = logits_of(classifier, pixels)
    return logits, np.concatenate(found)


def probability_generated(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """1 − P(real), (N,), from the softmax of (N, classes) logits / temperature.

    Derived from the source probabilities rather than from a second head, so the two are always consistent.
    """
    return 1.0 - probabilities(logits, temperature)[:, 0]


def probabilities(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """softmax(logits / temperature) over the last axis, (N, classes)."""
    scaled = logits / temperature
    exponentials = np.exp(scaled - scaled.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


def log_odds(logits: np.ndarray) -> np.ndarray:
    """ln P(generated) − ln P(real), (N,), of (N, classes) logits; finite where probabilities round to 0 or 1."""
    return np.logaddexp.reduce(logits[:, 1:], axis=1) - logits[:, 0]
