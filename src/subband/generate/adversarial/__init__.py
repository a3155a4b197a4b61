"""Generative adversarial networks."""

from subband.generate.adversarial.model import AdversarialConfig, PacketGAN

__all__ = ["AdversarialConfig", "PacketGAN"]
