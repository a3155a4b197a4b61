"""The guidance that a model's settings name, made of the model, its classifier, or a weaker model in a folder."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from subband.errors import InvalidInput
from subband.generate.diffusion.denoiser import Condition, Denoiser, Denoising
from subband.generate.diffusion.guidance import AutoGuidance, ClassifierFree, ClassifierGuidance
from subband.training import WEIGHTS

if TYPE_CHECKING:
    from subband.generate.diffusion.model import ImageDiffusion
    from subband.generate.diffusion.settings import DiffusionConfig


def guided(network: "ImageDiffusion", condition: Condition, config: "DiffusionConfig") -> Denoising:
    """The denoiser of images of these classes, guided as the settings say.

    Raises:
        InvalidInput: if the model has no classes, no classifier, was never left untold, or the weaker model is
            of other images.
        CheckpointError: if there is no weaker model in the folder, or a damaged one.
    """
    denoiser, w, interval = network.denoiser, config.guidance, config.interval
    if config.guide == "classifier":
        return _by_classifier(network, condition, w, config)
    told = _told(denoiser, condition)
    if config.guide == "auto" and w != 1:
        weak = _weaker(network, config.guide_with).denoiser
        return AutoGuidance(told, _told(weak, condition), w, interval)
    if not condition or w == 1:
        return told
    return ClassifierFree(denoiser, condition, w, interval)


def _told(denoiser: Denoiser, condition: Condition) -> Denoising:
    return denoiser.given(condition) if condition else denoiser


def _by_classifier(
    network: "ImageDiffusion", condition: Condition, w: float, config: "DiffusionConfig"
) -> ClassifierGuidance:
    """The denoiser that is told nothing, led by the gradient of log p(label | x_t)."""
    if network.classifier is None:
        raise InvalidInput(
            "can't guide by a classifier: this model was trained without one; train with --classifier "
            "(classifier=True) and drop=0.1, or take guide=classifier-free"
        )
    if not network.config.drop:
        raise InvalidInput(
            "can't guide a network that was always told its condition by a classifier: train it with drop=0.1"
        )
    labels = condition["label"]
    untold = network.denoiser.given({"label": torch.full_like(labels, -1)})
    return ClassifierGuidance(untold, network.classifier.log_probability(labels), w, config.interval)


def _weaker(network: "ImageDiffusion", folder: str) -> "ImageDiffusion":
    """The model in a folder, if it is of the same images in the same space."""
    if not folder:
        raise InvalidInput(
            "can't guide by a weaker model without one: name its folder by guide_with, e.g. one in snapshots/ "
            "of the same training"
        )
    weak = _loaded(folder, _changed(folder))
    ours, theirs = network.config, weak.config
    facts = ("size", "channels", "classes", "level", "wavelet", "latent")
    other = [name for name in facts if getattr(ours, name) != getattr(theirs, name)]
    spaces = (model.space.state_dict().values() for model in (network, weak))
    if not other and not all(map(torch.equal, *spaces)):
        other = ["images"]
    if network.denoiser.path != weak.denoiser.path:
        other.append("path")
    if other:
        raise InvalidInput(
            f"can't guide by the model in {folder}, whose {', '.join(other)} differ: take a weaker model that was "
            "trained on the same images with the same path and packets"
        )
    return weak.to(network.space.mean.device)


def _changed(folder: str) -> int:
    """When the model in a folder was last written, in ns; 0 if there is none."""
    file = Path(folder, WEIGHTS)
    return file.stat().st_mtime_ns if file.is_file() else 0


@lru_cache(maxsize=1)
def _loaded(folder: str, written: int) -> "ImageDiffusion":
    """The network in a folder as it was written then: samples are drawn in parts, each of which asks for it."""
    from subband.generate.diffusion.model import FAMILY
    from subband.generate.trained import load_family

    return load_family(FAMILY, folder).network  # pyright: ignore[reportReturnType]
