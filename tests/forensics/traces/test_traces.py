"""Traces of histories that the test makes itself."""

import io

import numpy as np
import pytest
from histories import compressed, jpeg_file, opened, png_file, scaled, scene
from PIL import Image

from subband.data.decode import decode
from subband.errors import InvalidInput
from subband.forensics.judgement import Trace
from subband.forensics.metadata import read_metadata
from subband.forensics.traces import error_level, jpeg_ghosts, noise_map, read_traces
from subband.forensics.traces.jpeg_header import CHROMA, LUMA, quality_of, read_header, standard_table

PICTURE = scene()


def traces(file: bytes, pixels: np.ndarray | None = None) -> dict[str, Trace]:
    found = read_traces(file, opened(file) if pixels is None else pixels)
    assert len({trace.kind for trace in found}) == len(found)
    return {trace.kind: trace for trace in found}


@pytest.mark.parametrize("quality", range(1, 101))
def test_the_quality_of_standard_tables_is_exact(quality: int) -> None:
    header = read_header(jpeg_file(PICTURE[:16, :16], quality))
    assert header is not None
    found = quality_of(header)
    assert found.standard
    tables = [
        [np.array_equal(standard_table(q, b), standard_table(quality, b)) for b in (LUMA, CHROMA)]
        for q in range(1, 101)
    ]
    alike = [q for q, (luma, chroma) in zip(range(1, 101), tables, strict=True) if luma and chroma]
    assert found.value in alike


def test_tables_of_pillow_are_read_in_the_same_order() -> None:
    file = jpeg_file(PICTURE, 83)
    header = read_header(file)
    with Image.open(io.BytesIO(file)) as image:
        assert header is not None
        assert tuple(image.quantization[0]) == header.tables[0]
        assert tuple(image.quantization[1]) == header.tables[1]


@pytest.mark.parametrize(("subsampling", "name"), [(0, "4:4:4"), (1, "4:2:2"), (2, "4:2:0")])
def test_chroma_subsampling(subsampling: int, name: str) -> None:
    assert traces(jpeg_file(PICTURE, 85, subsampling))["jpeg quality"].details["chroma"] == name


def test_custom_tables_are_named_as_such() -> None:
    table = [min(255, 3 + k) for k in range(64)]
    trace = traces(jpeg_file(PICTURE, qtables=[table, table]))["jpeg quality"]
    assert not trace.details["standard tables"]
    assert "tables of its own" in trace.text
    grey = io.BytesIO()
    Image.fromarray(PICTURE[..., 0]).save(grey, "JPEG", quality=70, progressive=True)
    trace = traces(grey.getvalue())["jpeg quality"]
    assert (trace.details["chroma"], trace.details["progressive"], trace.details["quality"]) == (
        "grey",
        True,
        70,
    )


def test_heavy_compression_is_a_limit() -> None:
    assert traces(jpeg_file(PICTURE, 30))["jpeg quality"].limits
    assert not traces(jpeg_file(PICTURE, 80))["jpeg quality"].limits


@pytest.mark.parametrize("quality", [50, 75, 90])
@pytest.mark.parametrize("offset", [(0, 0), (3, 5), (4, 4)])
def test_an_earlier_jpeg_in_png_and_webp(quality: int, offset: tuple[int, int]) -> None:
    row, column = offset
    cut = compressed(PICTURE, quality)[row:, column:].copy()
    webp = io.BytesIO()
    Image.fromarray(cut).save(webp, "WEBP", lossless=True)
    for file in (png_file(cut), webp.getvalue()):
        trace = traces(file)["double compression"]
        assert (trace.details["row"], trace.details["column"]) == (-row % 8, -column % 8)
        assert abs(trace.details["quality"] - quality) <= 2


@pytest.mark.parametrize(("first", "second"), [(60, 90), (70, 95), (80, 92)])
def test_a_jpeg_that_was_a_jpeg_before(first: int, second: int) -> None:
    aligned = jpeg_file(compressed(PICTURE, first), second)
    trace = traces(aligned)["double compression"]
    assert trace.details["aligned"]
    assert abs(trace.details["quality"] - first) <= 2
    shifted = jpeg_file(compressed(PICTURE, first)[2:, 3:].copy(), second)
    trace = traces(shifted)["double compression"]
    assert (trace.details["row"], trace.details["column"]) == (6, 5)
    assert abs(trace.details["quality"] - first) <= 2


@pytest.mark.parametrize("quality", [50, 75, 85, 95])
def test_one_compression_is_not_called_two(quality: int) -> None:
    assert "double compression" not in traces(jpeg_file(PICTURE, quality))
    assert "double compression" not in traces(png_file(PICTURE))


@pytest.mark.parametrize("factor", [1.25, 1.5, 1.9, 2.5])
def test_enlargement_is_found_with_its_factor(factor: float) -> None:
    trace = traces(png_file(scaled(PICTURE, factor)))["resampling"]
    assert trace.limits
    assert min(abs(found - factor) for found in trace.details["factors"]) < 0.02 * factor


def test_a_picture_that_was_not_scaled() -> None:
    assert "resampling" not in traces(png_file(PICTURE))
    assert "resampling" not in traces(jpeg_file(PICTURE, 90))


def test_a_turned_picture_has_the_traces_of_the_stored_one() -> None:
    cut = compressed(PICTURE, 70)[:, 3:].copy()
    exif = Image.Exif()
    for orientation in range(1, 9):
        exif[0x0112] = orientation
        file = io.BytesIO()
        Image.fromarray(cut).save(file, "PNG", exif=exif)
        trace = traces(file.getvalue(), decode(file.getvalue()).pixels)["double compression"]
        assert (trace.details["row"], trace.details["column"]) == (0, 5)


def with_preview(preview: np.ndarray, picture: np.ndarray, size: tuple[int, int] | None = None) -> bytes:
    """A JPEG of `picture` whose EXIF holds `preview`, and states a size."""
    inner = jpeg_file(preview, 80)
    exif = Image.Exif()
    if size:
        photo = exif.get_ifd(0x8769)
        photo[0xA002], photo[0xA003] = size
    block = exif.tobytes()
    head, body = block[:6], bytearray(block[6:])
    # The second directory goes behind the first: compression 6, where the JPEG is, and its length.
    order = "little" if body[:2] == b"II" else "big"
    start = int.from_bytes(body[4:8], order)
    count = int.from_bytes(body[start : start + 2], order)
    place = start + 2 + 12 * count
    body[place : place + 4] = len(body).to_bytes(4, order)
    data = len(body) + 2 + 3 * 12 + 4
    entries = [(0x0103, 3, 6), (0x0201, 4, data), (0x0202, 4, len(inner))]
    body += len(entries).to_bytes(2, order)
    for tag, kind, value in entries:
        body += tag.to_bytes(2, order) + kind.to_bytes(2, order) + (1).to_bytes(4, order)
        body += value.to_bytes(2, order) + b"\0\0" if kind == 3 else value.to_bytes(4, order)
    body += bytes(4) + inner
    return jpeg_file(picture, 90, exif=head + bytes(body))


def test_a_preview_that_fits_leaves_no_trace() -> None:
    small = scaled(PICTURE, 0.25)
    assert read_metadata(with_preview(small, PICTURE)).exif.thumbnail
    assert "thumbnail" not in traces(with_preview(small, PICTURE, (512, 384)))
    barred = np.zeros((120, 128, 3), np.uint8)
    barred[12:108] = small
    assert "thumbnail" not in traces(with_preview(barred, PICTURE))
    assert "exif size" not in traces(with_preview(small, PICTURE, (512, 384)))


def test_a_preview_that_does_not_fit() -> None:
    small = scaled(PICTURE, 0.25)
    cut = traces(with_preview(small, PICTURE[:, :300].copy(), (512, 384)))
    assert not cut["thumbnail"].details["same shape"]
    assert cut["exif size"].details == {"stated": [512, 384], "actual": [300, 384]}
    other = traces(with_preview(scaled(scene(seed=5), 0.25), PICTURE))["thumbnail"]
    assert other.details["same shape"]
    assert other.details["correlation"] < 0.9


def test_small_flat_and_grey_pictures_are_limits() -> None:
    assert traces(png_file(PICTURE[:100]))["size"].limits
    assert not traces(png_file(PICTURE))["size"].limits
    black = traces(png_file(np.zeros((300, 300, 3), np.uint8)))
    assert black["flat"].limits
    assert black["few colours"].limits
    assert "grey" in black
    grey = traces(png_file(np.repeat(PICTURE[..., :1], 3, -1)))
    assert not grey["grey"].limits
    assert "flat" not in traces(png_file(PICTURE))
    assert "few colours" not in traces(png_file(PICTURE))


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 3000), (3000, 1), (7, 9), (63, 64), (64, 64), (127, 128), (128, 128), (129, 4000)]
)
def test_any_shape(shape: tuple[int, int], rng: np.random.Generator) -> None:
    for pixels in (rng.integers(0, 256, (*shape, 3), dtype=np.uint8), np.full((*shape, 3), 7, np.uint8)):
        assert traces(png_file(pixels))["size"].details["height"] == shape[0]
        assert noise_map(pixels).values.shape == tuple(-(-side // 2) for side in shape)
        assert error_level(pixels).values.shape == shape
        assert jpeg_ghosts(pixels, qualities=(70,)).values.shape == (1, *shape)


def test_wrong_pixels_are_refused() -> None:
    for pixels in (np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)):
        with pytest.raises(InvalidInput, match="takes"):
            read_traces(b"", pixels)
        with pytest.raises(InvalidInput, match="takes"):
            noise_map(pixels)
    with pytest.raises(InvalidInput, match="1 to 100"):
        error_level(PICTURE, quality=0)
    with pytest.raises(InvalidInput, match="at least one"):
        jpeg_ghosts(PICTURE, qualities=())


def test_the_noise_map_measures_noise(rng: np.random.Generator) -> None:
    noise = rng.normal(0, 1, (256, 256)) * np.where(np.arange(256) < 128, 2.0, 6.0)
    pixels = np.clip(np.rint(128 + noise), 0, 255).astype(np.uint8)
    values = noise_map(np.repeat(pixels[..., None], 3, -1)).values
    assert values[8:-8, 8:56].mean() == pytest.approx(2, rel=0.1)
    assert values[8:-8, 72:-8].mean() == pytest.approx(6, rel=0.1)


def test_a_ghost_is_darkest_at_the_earlier_quality() -> None:
    picture = PICTURE.copy()
    picture[128:256, 128:256] = compressed(PICTURE, 60, 0)[128:256, 128:256]
    ghosts = jpeg_ghosts(picture, qualities=(50, 60, 70, 80))
    inside = ghosts.values[:, 150:230, 150:230].mean((1, 2))
    outside = ghosts.values[:, 20:100, 20:100].mean((1, 2))
    assert inside.argmin() == 1
    assert outside.argmin() == 3
    assert "no evidence of generation" in ghosts.text


def test_error_level_is_small_where_a_part_was_compressed_before() -> None:
    picture = PICTURE.copy()
    picture[:, :256] = compressed(PICTURE, 90, 0)[:, :256]
    values = error_level(picture, quality=90).values
    assert values[:, :240].mean() < 0.6 * values[:, 272:].mean()
