"""Editing codes of a diffusion autoencoder
========================================

Codes that can be edited: train a diffusion autoencoder on digits, walk between them, and make them bolder.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sklearn.datasets import load_digits

from subband.generate import train_generator
from subband.generate.families.diffae import direction
from subband.generate.pixels import to_pixels, to_signal
from subband.plots import mosaic

# 1,797 digits of 8 x 8 that come with scikit-learn, on 16 x 16.
drawn = load_digits().images.repeat(2, axis=1).repeat(2, axis=2)
pixels = (drawn * 255 / 16).astype(np.uint8)[..., None]
network = train_generator("diffae", pixels, steps=400, seed=0, flip=False, width=32, code=16).network

images = to_signal(torch.from_numpy(pixels[:400].transpose(0, 3, 1, 2).copy()))
with torch.no_grad():
    codes = network.encode(images)  # what an image shows
    some = images[:6]
    noise = network.noise(some, codes[:6])  # and the rest of it
    again = network.decode(codes[:6], noise)

    # Codes on a line, noise on a great circle.
    way = network.between(some[:3], some[3:], torch.linspace(0, 1, 7))

    # The direction in which digits get more ink than the median, and steps along it.
    ink = images.mean(dim=(1, 2, 3))
    bolder = direction(codes, (ink > ink.median()).long())
    steps = torch.linspace(-3, 3, 7)
    edited = torch.stack([network.decode(codes[:3] + s * bolder, noise[:3]) for s in steps])

error = (again - some).square().mean().sqrt().item()
inks = edited.mean(dim=(1, 2, 3, 4))
print(f"image -> code and noise -> image: root mean square error {error:.3f} of a range of 2")
print("mean level along the direction:", " ".join(f"{level:.2f}" for level in inks))

rows = torch.cat([way.transpose(0, 1).flatten(0, 1), edited.transpose(0, 1).flatten(0, 1)])
sheet = mosaic(to_pixels(rows).repeat(4, axis=1).repeat(4, axis=2), columns=7)
place = Path("runs", "edit_codes.png")
place.parent.mkdir(exist_ok=True)
Image.fromarray(sheet[..., 0]).save(place)
print(f"three walks, and three digits from thin to bold: {place}")

assert error < 0.1
assert inks[-1] > inks[0] + 0.1
