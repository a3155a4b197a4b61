"""What happens to pictures on their way to a viewer, at random: scaling, thumbnails, blur, noise, JPEG and WebP.

One path for all classes, decode → history → scale → crop → blur → noise → encode: a detector trained on it
can't tell classes by the treatment. A treatment is drawn first and applied afterwards, so that a photograph and its
reconstruction can take the very same one.

Source of the ranges: data recipes of Rajan et al. 2025 (arXiv:2505.14359) and of public contests of 2026.
"""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from subband.errors import InvalidInput

KERNELS = (
    Image.Resampling.LANCZOS,
    Image.Resampling.BICUBIC,
    Image.Resampling.BILINEAR,
    Image.Resampling.BOX,
)
SUBSAMPLING = ("4:2:0", "4:2:0", "4:2:2", "4:4:4")  # twice: by far the most frequent on the web


@dataclass(frozen=True)
class Encoding:
    """A lossy encoding.

    Attributes:
        codec: "JPEG" or "WEBP".
        quality: 1..100.
        subsampling: of the chroma of JPEG.
    """

    codec: str
    quality: int
    subsampling: str = "4:2:0"

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """Encode and decode (H, W, 3) uint8."""
        file = io.BytesIO()
        if self.codec == "JPEG":
            Image.fromarray(pixels).save(file, "JPEG", quality=self.quality, subsampling=self.subsampling)
        else:
            Image.fromarray(pixels).save(file, self.codec, quality=self.quality, method=0)
        file.seek(0)
        return np.asarray(Image.open(file).convert("RGB"))


@dataclass(frozen=True)
class Treatment:
    """One way to a viewer, drawn by `Augmentation.draw`.

    Attributes:
        history: encoding of a picture that was never encoded before it was published; None for none.
        scale: factor on both sides.
        kernel: of the scaling, index in `KERNELS`.
        place: fractions 0..1 of the free room above and left of the crop.
        size: side of the crop in pixels.
        mirror: whether it is flipped horizontally.
        blur: standard deviation of a Gaussian blur in pixels; 0 for none.
        noise: standard deviation of white Gaussian noise in grey levels; 0 for none.
        seed: of the noise.
        encodings: of the result, one after another.
    """

    history: Encoding | None
    scale: float
    kernel: int
    place: tuple[float, float]
    size: int
    mirror: bool
    blur: float
    noise: float
    seed: int
    encodings: tuple[Encoding, ...]

    def __call__(self, pixels: np.ndarray, *, encoded: bool = True) -> np.ndarray:
        """Treat one picture.

        Args:
            pixels: (H, W, 3) uint8, at least size / scale pixels a side.
            encoded: whether the picture has a lossy encoding in its past, so that it takes no `history`.

        Returns:
            (size, size, 3) uint8.

        Raises:
            InvalidInput: the scaled picture is smaller than the crop.
        """
        if self.history is not None and not encoded:
            pixels = self.history(pixels)
        # The crop is cut out before it is scaled, with a margin for the kernel: few of the pixels are needed.
        height, width = pixels.shape[:2]
        side = min(round(self.size / self.scale), height, width)
        if min(height, width) < self.size / self.scale - 1:
            raise InvalidInput(
                f"a picture of {width}×{height} pixels scaled by {self.scale:.2f} is smaller than {self.size}"
            )
        top, left = (round(f * (n - side)) for f, n in zip(self.place, (height, width), strict=True))
        image = Image.fromarray(pixels[top : top + side, left : left + side])
        if side != self.size:
            image = image.resize((self.size, self.size), KERNELS[self.kernel])
        if self.mirror:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if self.blur:
            image = image.filter(ImageFilter.GaussianBlur(self.blur))
        treated = np.asarray(image)
        if self.noise:
            rng = np.random.default_rng(self.seed)
            noisy = treated + self.noise * rng.standard_normal(treated.shape, dtype=np.float32)
            treated = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
        for encoding in self.encodings:
            treated = encoding(treated)
        return treated


@dataclass(frozen=True)
class Augmentation:
    """Distribution of treatments.

    Attributes:
        size: side of the crops in pixels.
        scaled: probability that a picture is scaled by a factor from `scales`.
        scales: smallest and largest factor, drawn log-uniformly; down-scaling is limited by the picture.
        thumbnail: probability of the smallest factor that leaves a crop of `size` with half its room: a thumbnail.
        blurred: probability of a blur of `blurs` pixels.
        blurs: smallest and largest standard deviation.
        noisy: probability of noise of `noises` grey levels.
        noises: smallest and largest standard deviation.
        encoded: probability of a lossy encoding at the end.
        again: probability of a second one before it.
        webp: share of WebP among the encodings; the rest is JPEG.
        qualities: lowest and highest quality.
        histories: lowest and highest quality of the encoding that pictures without one get first.
        history: its probability.
        mirror: probability of a horizontal flip.

    Raises:
        InvalidInput: a probability outside 0..1, or an empty range.

    Example:
        >>> treat = Augmentation(size=32).draw(np.random.default_rng(0), (64, 64))
        >>> treat(np.zeros((64, 64, 3), np.uint8)).shape
        (32, 32, 3)
    """

    size: int = 96
    scaled: float = 0.6
    scales: tuple[float, float] = (0.4, 1.3)
    thumbnail: float = 0.15
    blurred: float = 0.15
    blurs: tuple[float, float] = (0.3, 1.2)
    noisy: float = 0.15
    noises: tuple[float, float] = (1.0, 6.0)
    encoded: float = 0.85
    again: float = 0.15
    webp: float = 0.2
    qualities: tuple[int, int] = (30, 95)
    histories: tuple[int, int] = (75, 98)
    history: float = 0.8
    mirror: float = 0.5

    def __post_init__(self) -> None:
        chances = ("scaled", "thumbnail", "blurred", "noisy", "encoded", "again", "webp", "history", "mirror")
        if wrong := [name for name in chances if not 0 <= getattr(self, name) <= 1]:
            raise InvalidInput(f"{wrong[0]}={getattr(self, wrong[0])} is no probability: give 0 to 1")
        for name in ("scales", "blurs", "noises", "qualities", "histories"):
            low, high = getattr(self, name)
            if not 0 < low <= high:
                raise InvalidInput(f"{name}={low, high}: give a range of positive numbers, the smaller first")
        if self.size < 8:
            raise InvalidInput(f"size {self.size} is too small for crops: give at least 8")

    def draw(self, rng: np.random.Generator, shape: tuple[int, int]) -> Treatment:
        """Draw a treatment for pictures of `shape`, rows × columns.

        Raises:
            InvalidInput: pictures smaller than a crop at the largest scale.
        """
        least = self.size / min(shape)  # smaller, and the picture would be smaller than a crop
        low, high = max(self.scales[0], least), self.scales[1]
        if low > high:
            raise InvalidInput(f"pictures of {shape} pixels are too small for crops of {self.size}")
        scale = 1.0 if least <= 1 else low
        kind = rng.random()
        if kind < self.thumbnail:
            scale = rng.uniform(low, min(1.5 * low, high))
        elif kind < self.thumbnail + self.scaled:
            scale = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        encodings = []
        if rng.random() < self.encoded:
            encodings = [self._encoding(rng, self.qualities)]
            if rng.random() < self.again:
                encodings.append(self._encoding(rng, self.qualities))
        return Treatment(
            history=self._jpeg(rng, self.histories) if rng.random() < self.history else None,
            scale=float(scale),
            kernel=int(rng.integers(len(KERNELS))),
            place=(float(rng.random()), float(rng.random())),
            size=self.size,
            mirror=bool(rng.random() < self.mirror),
            blur=float(rng.uniform(*self.blurs)) if rng.random() < self.blurred else 0.0,
            noise=float(rng.uniform(*self.noises)) if rng.random() < self.noisy else 0.0,
            seed=int(rng.integers(2**31)),
            encodings=tuple(encodings),
        )

    def _encoding(self, rng: np.random.Generator, qualities: tuple[int, int]) -> Encoding:
        if rng.random() < self.webp:
            return Encoding("WEBP", int(rng.integers(qualities[0], qualities[1] + 1)))
        return self._jpeg(rng, qualities)

    @staticmethod
    def _jpeg(rng: np.random.Generator, qualities: tuple[int, int]) -> Encoding:
        quality = int(rng.integers(qualities[0], qualities[1] + 1))
        return Encoding("JPEG", quality, SUBSAMPLING[int(rng.integers(len(SUBSAMPLING)))])
