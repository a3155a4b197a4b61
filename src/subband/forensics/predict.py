"""Inference: logits and probabilities, without anything of training."""

import numpy as np
import torch

from subband.forensics.classifiers import Classifier
from subband.forensics.features import chunks


@torch.no_grad()
def logits_of(classifier: Classifier, pixels: np.ndarray) -> np.ndarray:
    """Judge images in chunks: (N, H, W, 3) uint8 → (N, classes) float64 logits."""
    classifier.eval()
    device = next(classifier.parameters()).device
    return np.concatenate([classifier(x.to(device)).double().cpu().numpy() for x in chunks(pixels)])


def probability_generated(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return 1 − P(real), (N,), by the softmax of (N, classes) logits over the temperature.

    There is no second head for the verdict: so it never contradicts the probabilities of the sources.
    """
    return 1.0 - probabilities(logits, temperature)[:, 0]


def probabilities(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Return the softmax of (N, classes) logits over the temperature."""
    scaled = logits / temperature
    exponentials = np.exp(scaled - scaled.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)
