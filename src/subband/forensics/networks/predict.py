"""Inference: logits and probabilities, without importing training code."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from subband.forensics.features.images import chunks
from subband.forensics.networks.registry import Classifier


@torch.no_grad()
def logits_of(classifier: Classifier, pixels: np.ndarray) -> np.ndarray:
    """Logits of images, evaluated in batches: (N, H, W, 3) uint8 → (N, classes) float64."""
    classifier.eval()
    device = next(classifier.parameters()).device
    return np.concatenate([classifier(x.to(device)).double().cpu().numpy() for x in chunks(pixels)])


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


def calibrated_log_odds(logits: np.ndarray, temperature: float = 1.0, shift: float = 0.0) -> np.ndarray:
    """ln P(generated) − ln P(real), (N,), of softmax(logits / temperature), plus a shift."""
    return log_odds(np.asarray(logits, dtype=np.float64) / temperature) + shift


def shifted_probabilities(logits: np.ndarray, temperature: float, shift: float) -> np.ndarray:
    """Class probabilities, (N, classes), with the log-odds of all generated classes moved by a shift."""
    moved = np.asarray(logits, dtype=np.float64) / temperature
    moved[:, 1:] += shift
    return probabilities(moved)


def generated_logit(logits: Float[Tensor, "n classes"]) -> Float[Tensor, " n"]:
    """ln P(generated) − ln P(real), (N,), of K-way logits (N, K)."""
    return torch.logsumexp(logits[:, 1:], dim=1) - logits[:, 0]
