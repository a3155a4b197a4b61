"""Pillow's plug-in for fractal streams: after `import subband.compress.pillow`, `Image.open` reads .fic files.

Example:
    >>> import io
    >>> import numpy as np
    >>> from PIL import Image
    >>> import subband.compress.pillow
    >>> file = io.BytesIO()
    >>> Image.fromarray(np.full((40, 60), 7, np.uint8)).save(file, "FIC", quality=40)
    >>> Image.open(file).size
    (60, 40)
"""

from io import BytesIO
from typing import IO

import numpy as np
from PIL import Image, ImageFile

from subband.compress.fractal.decoder import decode
from subband.compress.fractal.encoder import encode
from subband.compress.fractal.stream import MAGIC, unpack
from subband.errors import UnreadableImage

FORMAT, SUFFIX = "FIC", ".fic"


class FractalImageFile(ImageFile.ImageFile):
    """A fractal stream as an image: its header at once, its pixels when they are asked for."""

    format = FORMAT
    format_description = "Fractal image (Subband)"

    def _open(self) -> None:
        assert self.fp is not None
        self._data = self.fp.read()
        try:
            stream = unpack(self._data)
        except UnreadableImage as error:
            raise SyntaxError(str(error)) from error  # what Pillow expects of a file that isn't of a format
        self._size = stream.width, stream.height
        self._mode = "RGB" if stream.colour else "L"
        self._pending = True
        self.tile = []

    def load(self) -> "Image.core.PixelAccess | None":
        """Draw the pixels, once."""
        if self._pending:
            self._pending = False
            pixels = decode(self._data)
            if self.fp is not None and self._exclusive_fp:
                self.fp.close()
            self.fp = BytesIO(pixels.tobytes())
            self.tile = [ImageFile._Tile("raw", (0, 0, *self.size), 0, self.mode)]
        return super().load()

    def load_seek(self, pos: int) -> None:
        """Nothing to do; and without this function Pillow would map the file itself into memory, as pixels."""


def _accept(prefix: bytes) -> bool:
    return prefix.startswith(MAGIC)


def _save(image: Image.Image, file: IO[bytes], name: str | bytes) -> None:
    """Write a stream; `bpp`, `psnr`, `quality`, `effort` and `cosines` are those of `encode`."""
    if image.mode not in ("L", "RGB"):
        raise OSError(f"cannot write mode {image.mode} as FIC: convert to L or RGB first")
    words = ("bpp", "psnr", "quality", "effort", "cosines")
    chosen = {word: image.encoderinfo[word] for word in words if word in image.encoderinfo}
    file.write(encode(np.asarray(image), **chosen))


Image.register_open(FORMAT, FractalImageFile, _accept)
Image.register_save(FORMAT, _save)
Image.register_extension(FORMAT, SUFFIX)
Image.register_mime(FORMAT, "image/x-subband-fractal")
