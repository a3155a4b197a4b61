"""How images become tokens: patches of pixels, a small convolutional network, or patches of wavelet packets."""

import math
from abc import ABC, abstractmethod
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.transforms.packets import packets

Images = Float[Tensor, "n channels height width"]
Tokens = Float[Tensor, "n tokens features"]


class Tokenise(nn.Module, ABC):
    """Map images of one size to tokens on a grid.

    Attributes:
        grid: rows and columns of tokens, in the order of the sequence.

    Example:
        >>> import torch
        >>> from subband.nn.vision_transformer import PixelTokens, Tokenise
        >>> class Rows(Tokenise):  # a token for each row of grey images
        ...     grid = (16, 1)
        ...     def forward(self, images):
        ...         return images[:, 0]
        ...     def filters(self):
        ...         return torch.eye(16)[:, None, None, :]
        >>> Rows()(torch.zeros(2, 1, 16, 16)).shape
        torch.Size([2, 16, 16])
    """

    grid: tuple[int, int]

    @abstractmethod
    def forward(self, images: Images) -> Tokens:
        """(N, channels, H, W) -> (N, rows * columns, width)."""

    @abstractmethod
    def filters(self) -> Float[Tensor, "features channels rows columns"]:
        """Filters of the (first) linear map, one for each feature."""

    def take_statistics(self, images: Images) -> None:
        """Measure training images, if this kind of token depends on them."""


class PixelTokens(Tokenise):
    """Patches of pixels, each mapped linearly to a token.

    Args:
        channels, size: of the images, size = (H, W).
        patch: side of a patch, which divides both.
        width: length of a token.

    Raises:
        InvalidInput: a patch that does not divide the image.

    Source: Dosovitskiy et al. 2021, "An image is worth 16x16 words", section 3.1.

    Example:
        >>> import torch
        >>> from subband.nn.vision_transformer import PixelTokens
        >>> tokens = PixelTokens(3, (32, 32), patch=8, width=24)
        >>> tokens(torch.zeros(2, 3, 32, 32)).shape, tokens.grid
        (torch.Size([2, 16, 24]), (4, 4))
    """

    def __init__(self, channels: int, size: tuple[int, int], patch: int, width: int):
        super().__init__()
        check_patches(size, patch)
        self.grid = size[0] // patch, size[1] // patch
        self.embed = nn.Conv2d(channels, width, patch, stride=patch)

    def forward(self, images: Images) -> Tokens:
        return self.embed(images).flatten(2).transpose(1, 2)

    def filters(self) -> Tensor:
        return self.embed.weight


class ConvolutionTokens(Tokenise):
    """A stem of strided 3 x 3 convolutions, each with batch normalisation and ReLU, then a linear map.

    Each convolution halves the grid; widths double up to that of a token.

    Args:
        channels, size: of the images.
        patch: side of the square that a token stands for, a power of two above 1.
        width: length of a token.

    Raises:
        InvalidInput: a patch that is no power of two, or does not divide the image.

    Source: Xiao et al. 2021, "Early convolutions help transformers see better", section 4.

    Example:
        >>> import torch
        >>> from subband.nn.vision_transformer import ConvolutionTokens
        >>> tokens = ConvolutionTokens(3, (32, 32), patch=8, width=24)  # three convolutions of stride 2
        >>> tokens(torch.zeros(2, 3, 32, 32)).shape, tokens.filters().shape
        (torch.Size([2, 16, 24]), torch.Size([8, 3, 3, 3]))
    """

    def __init__(self, channels: int, size: tuple[int, int], patch: int, width: int):
        super().__init__()
        check_patches(size, patch)
        halvings = patch.bit_length() - 1
        if patch != 2**halvings or patch < 2:
            raise InvalidInput(f"can't halve an image to patches of {patch}: take 2, 4, 8, …")
        self.grid = size[0] // patch, size[1] // patch
        widths = [channels, *(max(width >> (halvings - k), 8) for k in range(1, halvings + 1))]
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [
                nn.Conv2d(before, after, 3, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(),
                nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(),
            ]  # fmt: skip
        self.stem = nn.Sequential(*layers)
        self.embed = nn.Conv2d(widths[-1], width, 1)

    def forward(self, images: Images) -> Tokens:
        return self.embed(self.stem(images)).flatten(2).transpose(1, 2)

    def filters(self) -> Tensor:
        return self.stem[0].weight  # type: ignore[return-value]


class PacketTokens(Tokenise):
    """Patches of wavelet packets: each band has mean 0 and variance 1 over the training images.

    With bands="tokens" a token is a patch of one band, so that attention runs over frequency and space; the grid
    is that of the usual picture of packets, bands by frequency and places within bands. With bands="channels" a
    token is a patch of all bands at one place: for Haar, that is a patch of pixels in another, whitened basis.

    A patch has `patch`^2 coefficients of one band, or (patch / 2^level)^2 of all 4^level bands, so that both have
    as many numbers, and the transformer as many weights and tokens, as with patches of pixels of this side.

    Args:
        channels, size: of the images.
        patch: side of a patch.
        width: length of a token.
        wavelet: name of the wavelet.
        level: depth of the packets.
        bands: "tokens" or "channels".

    Raises:
        InvalidInput: sizes that do not divide, or another `bands`.

    Example:
        >>> import torch
        >>> from subband.nn.vision_transformer import PacketTokens
        >>> tokens = PacketTokens(3, (32, 32), patch=8, width=24, level=1)
        >>> x = torch.randn(16, 3, 32, 32, generator=torch.Generator().manual_seed(0))
        >>> tokens.take_statistics(x)  # for mean 0 and variance 1 of each band
        >>> tokens(x).shape, tokens.grid  # 2 × 2 bands of 2 × 2 patches
        (torch.Size([16, 16, 24]), (4, 4))
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        channels: int,
        size: tuple[int, int],
        patch: int,
        width: int,
        *,
        wavelet: str = "haar",
        level: int = 1,
        bands: str = "tokens",
    ):
        super().__init__()
        if level < 1 or any(n % 2**level for n in size) or bands not in ("tokens", "channels"):
            raise InvalidInput(
                f"can't cut packets of level={level}, bands={bands!r} of images of {size[0]}×{size[1]}: the "
                "level is 1 or more, 2^level divides the image, and bands is 'tokens' or 'channels'"
            )
        self.count, self.wavelet, self.level, self.bands = 2**level, wavelet, level, bands
        inner = size[0] // self.count, size[1] // self.count
        self.patch = patch
        if bands == "channels":
            if patch % self.count:
                raise InvalidInput(
                    f"can't take patches of {patch} of {self.count} × {self.count} bands: give a multiple "
                    f"of {self.count}"
                )
            self.patch //= self.count
        check_patches(inner, self.patch, f"bands of level {level}")
        rows, columns = inner[0] // self.patch, inner[1] // self.patch
        together = bands == "channels"
        self.grid = (rows, columns) if together else (rows * self.count, columns * self.count)
        self.channels = channels
        self.embed = nn.Conv2d(channels * (self.count**2 if together else 1), width, self.patch, self.patch)
        self.register_buffer("mean", torch.zeros(channels, self.count, self.count, 1, 1))
        self.register_buffer("deviation", torch.ones(channels, self.count, self.count, 1, 1))

    def coefficients(self, images: Images) -> Tensor:
        """(N, C, H, W) -> (N, C, 2^level, 2^level, H / 2^level, W / 2^level), not yet normalised."""
        x = images.float()
        return packets(
            x, self.wavelet, level=self.level, mode="periodization", axes=(-2, -1), order="frequency"
        ).array

    @torch.no_grad()
    def take_statistics(self, images: Images) -> None:
        """Each band's mean and deviation over images; at least a hundredth of the largest deviation."""
        c = self.coefficients(images)
        self.mean.copy_(c.mean(dim=(0, 4, 5))[..., None, None])
        deviation = c.std(dim=(0, 4, 5))
        self.deviation.copy_(deviation.clamp(min=0.01 * float(deviation.max()) or 1.0)[..., None, None])

    def forward(self, images: Images) -> Tokens:
        c = (self.coefficients(images) - self.mean) / self.deviation
        if self.bands == "channels":
            return self.embed(c.flatten(1, 3)).flatten(2).transpose(1, 2)
        mosaic = c.transpose(3, 4).flatten(4, 5).flatten(2, 3)  # (N, C, bands * rows, bands * columns)
        return self.embed(mosaic).flatten(2).transpose(1, 2)

    def filters(self) -> Tensor:
        """On the coefficients of one band, (width, C, p, p), or on the pixels of a patch with their surroundings.

        The latter are the transpose of normalisation and transform, applied to the weights: gradients of a token
        in the middle of an image by its pixels.
        """
        if self.bands == "tokens":
            return self.embed.weight
        rows, columns = self.grid
        side = self.patch * self.count
        image = torch.zeros(1, self.channels, rows * side, columns * side, requires_grad=True)
        with torch.enable_grad():
            token = self(image)[0, (rows // 2) * columns + columns // 2]
            gradients = [torch.autograd.grad(feature, image, retain_graph=True)[0][0] for feature in token]
        top, left = (rows // 2) * side, (columns // 2) * side
        return torch.stack(gradients)[..., top : top + side, left : left + side]


def check_patches(size: tuple[int, int], patch: int, what: str = "images") -> None:
    """Raise InvalidInput unless patches divide a size."""
    if patch < 1 or min(size) < patch or any(n % patch for n in size):
        common = math.gcd(*size)
        divisors = ", ".join(str(k) for k in range(1, common + 1) if common % k == 0)
        raise InvalidInput(
            f"can't cut {what} of {size[0]}×{size[1]} into patches of {patch}: take one of {divisors}"
        )
