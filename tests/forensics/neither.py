"""Pictures that are neither photographs nor generated, made otherwise than those of `abstention.odd`."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def neither(count: int = 60, size: int = 256, seed: int = 7) -> dict[str, np.ndarray]:
    """Name → (H, W, 3) uint8: screenshots, drawings, scans, black, noise, icons, renderings, tiny and flat ones."""
    makers = (
        black, flat, white_noise, soft_noise, screenshot, table, line_drawing, cartoon, scan, receipt, icon,
        checker, ray_traced, fractal, plasma, tiny,
    )  # fmt: skip
    return {
        f"{makers[k % len(makers)].__name__} {k}": makers[k % len(makers)](
            size, np.random.default_rng([seed, k])
        )
        for k in range(count)
    }


def black(size, rng):
    return np.zeros((size, size, 3), np.uint8)


def flat(size, rng):
    return np.full((size, size, 3), rng.integers(0, 256, 3), np.uint8)


def white_noise(size, rng):
    return rng.integers(0, 256, (size, size, 3), dtype=np.uint8)


def soft_noise(size, rng):
    """Noise blurred a little, at full contrast."""
    x = rng.standard_normal((size + 2, size + 2, 3))
    x = (x[:-1] + x[1:])[:, 1:] + (x[:-1] + x[1:])[:, :-1]
    return _bytes(127 + 50 * x[:size, :size] / x.std())


def screenshot(size, rng):
    """An editor: dark ground, coloured words, a bar."""
    image = Image.new("RGB", (size, size), (30, 31, 34))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, size, 18), fill=(60, 63, 65))
    for y in range(26, size - 10, 14):
        x = 10 + 14 * int(rng.integers(0, 4))
        for _ in range(int(rng.integers(1, 6))):
            word = "".join(rng.choice(list("abcdefghilmnoprstu_()="), int(rng.integers(2, 9))))
            draw.text((x, y), word, fill=tuple(int(v) for v in rng.integers(120, 255, 3)))
            x += 8 * len(word)
    return np.asarray(image)


def table(size, rng):
    """A sheet with numbers."""
    image = Image.new("RGB", (size, size), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    for y in range(0, size, 16):
        draw.line((0, y, size, y), fill=(210, 210, 210))
        for x in range(0, size, 52):
            draw.line((x, 0, x, size), fill=(210, 210, 210))
            draw.text((x + 4, y + 2), f"{rng.integers(0, 99999)}", fill=(0, 0, 0))
    return np.asarray(image)


def line_drawing(size, rng):
    image = Image.new("L", (4 * size, 4 * size), 255)
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        box = (
            sorted(int(v) for v in rng.integers(0, 4 * size, 2)),
            sorted(int(v) for v in rng.integers(0, 4 * size, 2)),
        )
        draw.arc(
            (box[0][0], box[1][0], box[0][1] + 9, box[1][1] + 9),
            *sorted(rng.integers(0, 360, 2)),
            fill=0,
            width=7,
        )
    return np.asarray(image.resize((size, size), Image.Resampling.BOX).convert("RGB"))


def cartoon(size, rng):
    """Flat areas with dark outlines."""
    image = Image.new("RGB", (3 * size, 3 * size), tuple(int(v) for v in rng.integers(120, 255, 3)))
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        x, y, r = (int(v) for v in rng.integers(0, 3 * size, 3))
        fill = tuple(int(v) for v in rng.integers(40, 255, 3))
        draw.ellipse((x, y, x + r // 3 + 20, y + r // 3 + 20), fill=fill, outline=(10, 10, 10), width=9)
    return np.asarray(image.resize((size, size), Image.Resampling.BICUBIC))


def scan(size, rng):
    """Printed text on paper with the noise of a scanner, as JPEG."""
    page = Image.new("L", (size, size), 243)
    draw = ImageDraw.Draw(page)
    for y in range(8, size - 8, 13):
        draw.text((10, y), "".join(rng.choice(list("aeinorstlmd  ,."), size // 7)), fill=40)
    soft = np.asarray(page.filter(ImageFilter.GaussianBlur(0.7)).convert("RGB")).astype(float)
    return _jpeg(_bytes(soft * (1 - 0.05 * rng.random()) + 2 * rng.standard_normal((size, size, 1))), 75)


def receipt(size, rng):
    """A narrow strip of text on a dark table."""
    image = np.asarray(Image.new("RGB", (size, size), (52, 44, 38))).copy()
    image[:, size // 4 : 3 * size // 4] = scan(size, rng)[:, : size // 2]
    return image


def icon(size, rng):
    small = Image.new("RGB", (48, 48), (255, 255, 255))
    draw = ImageDraw.Draw(small)
    draw.rounded_rectangle((4, 4, 44, 44), 9, fill=tuple(int(v) for v in rng.integers(0, 255, 3)))
    draw.polygon([tuple(int(v) for v in rng.integers(8, 40, 2)) for _ in range(4)], fill=(255, 255, 255))
    return np.asarray(small)


def checker(size, rng):
    y, x = np.mgrid[:size, :size] // int(rng.integers(3, 24))
    return np.where(((x + y) % 2)[..., None], rng.integers(0, 256, 3), rng.integers(0, 256, 3)).astype(
        np.uint8
    )


def ray_traced(size, rng):
    """A ball over a checked floor, with its reflection's gradient, no noise."""
    y, x = np.mgrid[:size, :size] / size - 0.5
    depth = 1 / np.maximum(y - 0.05, 1e-3)
    squares = (np.floor(depth * 1.5) + np.floor(x * depth * 1.5)) % 2
    floor = np.where(y[..., None] > 0.05, (80 + 120 * squares)[..., None] * np.exp(-depth / 12)[..., None], 0)
    sky = np.stack([120 + 80 * y, 150 + 60 * y, 225 + 30 * y], -1)
    image = np.where(y[..., None] > 0.05, floor + 20, sky)
    r = rng.uniform(0.15, 0.3)
    z = np.sqrt(np.maximum(r**2 - x**2 - (y + 0.02) ** 2, 0)) / r
    light = np.clip(0.2 + 0.8 * (0.7 * z - 0.5 * x / r - 0.5 * y / r), 0, 1) ** 1.5
    return _bytes(np.where((z > 0)[..., None], light[..., None] * rng.uniform(80, 255, 3), image))


def fractal(size, rng):
    """The Mandelbrot set."""
    centre, zoom = complex(*rng.uniform(-0.8, 0.2, 2)), rng.uniform(0.3, 1.5)
    y, x = np.mgrid[:size, :size] / size - 0.5
    c, z = centre + zoom * (x + 1j * y), np.zeros((size, size), complex)
    count = np.zeros((size, size))
    for _ in range(40):
        z = np.where(np.abs(z) < 2, z**2 + c, z)
        count += np.abs(z) < 2
    return np.stack([count * 6, count * 5, 255 - count * 6], -1).astype(np.uint8)


def plasma(size, rng):
    """Sums of sines."""
    y, x = np.mgrid[:size, :size] / size
    waves = [np.sin(2 * np.pi * (a * x + b * y + c)) for a, b, c in rng.uniform(-4, 4, (9, 3))]
    return _bytes(127 + 40 * np.stack([sum(waves[k::3]) for k in range(3)], -1))


def tiny(size, rng):
    return rng.integers(90, 160, (20, 24, 3), dtype=np.uint8)


def _bytes(x):
    return np.clip(np.rint(x), 0, 255).astype(np.uint8)


def _jpeg(pixels, quality):
    import io

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "jpeg", quality=quality)
    return np.asarray(Image.open(file))
