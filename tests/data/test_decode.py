import io
import os
import pickle
import sys

import numpy as np
import pytest
import tifffile
from pictures import encoded, noise, smooth, tiff_12_bit
from PIL import Image

from subband.data import decode
from subband.data.decode import MOST_BYTES, shorter_side
from subband.errors import DataError, InvalidInput, UnreadableImage

LOSSLESS = {"PNG": {}, "BMP": {}, "TIFF": {}, "PPM": {}, "WEBP": {"lossless": True}}


@pytest.mark.parametrize("container", LOSSLESS)
def test_lossless_files_give_back_their_pixels(container):
    pixels = noise()
    data = encoded(pixels, container, **LOSSLESS[container])
    picture = decode(data)
    assert np.array_equal(picture.pixels, pixels)
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.flags.writeable
    assert (picture.facts.bytes, picture.facts.width, picture.facts.height) == (len(data), 32, 24)
    assert picture.facts.container == container
    assert picture.facts.quantisation == ()


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_compressed_tiff(compression):
    pixels = noise()
    assert np.array_equal(decode(encoded(pixels, "TIFF", compression=compression)).pixels, pixels)


@pytest.mark.parametrize(("container", "close"), [("JPEG", 6), ("WEBP", 10), ("JPEG2000", 3)])
def test_lossy_files_give_nearly_their_pixels(container, close):
    picture = decode(encoded(smooth(), container))
    assert np.abs(picture.pixels.astype(int) - smooth()).max() <= close
    assert picture.facts.container == container


def test_a_path_names_the_picture_and_its_scene(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(encoded(noise()))
    assert decode(path).name == decode(str(path)).scene == str(path)
    named = decode(path, "mine", scene="pair")
    assert (named.name, named.scene) == ("mine", "pair")


def test_the_suffix_does_not_matter_the_content_does(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(encoded(noise()))
    assert decode(path).facts.container == "PNG"


def test_quantisation_is_the_luminance_table_row_by_row():
    # ITU-T T.81, table K.1, which quality 50 of libjpeg uses unscaled; its first two rows.
    table = decode(encoded(smooth(), "JPEG", quality=50)).facts.quantisation
    assert len(table) == 64
    assert table[:16] == (16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55)


def test_a_grey_jpeg_has_a_quantisation_table():
    grey = Image.fromarray(smooth()).convert("L")
    assert decode(encoded(grey, "JPEG", quality=50)).facts.quantisation[0] == 16


@pytest.mark.parametrize("container", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(container, orientation):
    turn = {  # what a camera held so wrote, by hand: upright = turn(stored)
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
        8: lambda a: np.rot90(a),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if container == "WEBP" else {}
    picture = decode(encoded(smooth(), container, exif=exif, **options))
    upright = turn(smooth())
    assert picture.pixels.shape == upright.shape
    assert np.abs(picture.pixels.astype(int) - upright).max() <= 6
    assert (picture.facts.height, picture.facts.width) == upright.shape[:2]


@pytest.mark.parametrize("orientation", [0, 9, 42])
def test_an_orientation_that_does_not_exist_is_ignored(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert np.array_equal(decode(encoded(noise(), exif=exif)).pixels, noise())


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_a_damaged_exif_block_costs_the_orientation_not_the_picture():
    data = encoded(smooth(), "JPEG", exif=b"Exif\x00\x00MM\x00*garbage that is no directory")
    assert decode(data).pixels.shape == smooth().shape


def test_grey_becomes_three_equal_channels():
    grey = noise()[..., 0]
    assert np.array_equal(decode(encoded(grey)).pixels, np.repeat(grey[..., None], 3, -1))


def test_bilevel_becomes_black_and_white():
    bits = noise()[..., 0] > 127
    assert np.array_equal(decode(encoded(Image.fromarray(bits))).pixels[..., 0], bits * np.uint8(255))


def test_palette():
    image = Image.fromarray(smooth()).quantize(16)
    assert np.array_equal(decode(encoded(image)).pixels, np.asarray(image.convert("RGB")))


def test_transparent_palette_entry_becomes_white():
    image = Image.fromarray(np.array([[0, 1], [1, 0]], np.uint8), mode="L").convert("P")
    image.putpalette([10, 20, 30, 40, 50, 60])
    for container in ("PNG", "GIF"):
        pixels = decode(encoded(image, container, transparency=1)).pixels
        assert pixels[0, 0].tolist() == [10, 20, 30], container
        assert pixels[0, 1].tolist() == [255, 255, 255], container


def test_transparent_colour_of_an_rgb_png_becomes_white():
    pixels = np.zeros((1, 2, 3), np.uint8)
    pixels[0, 1] = (1, 2, 3)
    decoded = decode(encoded(pixels, transparency=(1, 2, 3))).pixels
    assert decoded[0].tolist() == [[0, 0, 0], [255, 255, 255]]


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_is_composited_over_white(mode):
    colour, alpha = noise(seed=1), noise(seed=2)[..., :1]
    colour = colour if mode == "RGBA" else colour[..., :1]
    image = Image.fromarray(np.concatenate([colour, alpha], -1), mode=mode)
    share = alpha / 255.0
    expected = share * colour + (1 - share) * 255
    assert np.abs(decode(encoded(image)).pixels - expected).max() <= 1


def test_opaque_alpha_changes_nothing():
    opaque = np.concatenate([noise(), np.full((24, 32, 1), 255, np.uint8)], -1)
    assert np.array_equal(decode(encoded(opaque)).pixels, noise())


def test_cmyk_tiff_and_adobe_inverted_cmyk_jpeg_agree():
    cmyk = Image.fromarray(smooth()).convert("CMYK")
    tiff = decode(encoded(cmyk, "TIFF"))
    jpeg = decode(encoded(cmyk, "JPEG", quality=95))
    assert np.abs(tiff.pixels.astype(int) - smooth()).max() <= 2
    assert np.abs(jpeg.pixels.astype(int) - smooth()).max() <= 8
    assert len(jpeg.facts.quantisation) == 64


def test_ycbcr_tiff():
    ycbcr = Image.fromarray(smooth()).convert("YCbCr")
    for compression in ("raw", "tiff_lzw"):
        data = encoded(ycbcr, "TIFF", compression=compression)
        assert np.abs(decode(data).pixels.astype(int) - smooth()).max() <= 3


def test_uncompressed_ycbcr_tiff_with_coarse_chroma_is_refused():
    image = Image.fromarray(smooth()).convert("YCbCr")
    with pytest.raises(UnreadableImage, match="chroma of lower resolution; save it as RGB"):
        decode(encoded(image, "TIFF", tiffinfo={530: (2, 2)}))


RAMP = (np.arange(24 * 32).reshape(24, 32) * 65535 // (24 * 32 - 1)).astype(np.uint16)


@pytest.mark.parametrize("container", ["PNG", "TIFF", "PPM"])
def test_16_bit_grey_is_scaled_not_clipped(container):
    if container == "PPM":
        data = b"P5 32 24 65535\n" + RAMP.astype(">u2").tobytes()
    else:
        data = encoded(Image.fromarray(RAMP), container)
    assert np.array_equal(decode(data).pixels[..., 0], RAMP >> 8)


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bit_tiff_of_either_byte_order_keeps_the_upper_8_bits(byteorder, channels):
    samples = np.repeat(RAMP[..., None], channels, -1)
    if channels == 4:
        samples[..., 3] = 65535
    file = io.BytesIO()
    kind = {"photometric": "rgb"} if channels > 1 else {"photometric": "minisblack"}
    extra = {"extrasamples": ["unassalpha"]} if channels == 4 else {}
    tifffile.imwrite(file, samples.squeeze(), byteorder=byteorder, **kind, **extra)
    assert np.array_equal(decode(file.getvalue()).pixels, np.repeat((RAMP >> 8)[..., None], 3, -1))


def test_12_bit_tiff_is_scaled_by_its_own_white():
    assert decode(tiff_12_bit([0, 4095, 2048, 16])).pixels[0, :, 0].tolist() == [0, 255, 128, 1]


@pytest.mark.parametrize(("white", "dtype"), [(255, np.int32), (65535, np.int32), (1, np.float32)])
def test_32_bit_grey_takes_the_smallest_usual_white(white, dtype):
    samples = np.linspace(0, white, 24 * 32).reshape(24, 32).astype(dtype)
    decoded = decode(encoded(Image.fromarray(samples), "TIFF")).pixels[..., 0]
    assert (decoded.min(), decoded.max()) == (0, 255)
    assert np.abs(decoded - samples * (255 / white)).max() <= 1


@pytest.mark.parametrize("white", [255, 65535])
def test_floating_point_grey_on_an_integer_scale(white):
    samples = np.linspace(0, white, 24 * 32).reshape(24, 32).astype(np.float32)
    decoded = decode(encoded(Image.fromarray(samples), "TIFF")).pixels[..., 0]
    assert np.array_equal(decoded, np.rint(samples * (255 / white)))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0, 1e9])
def test_floating_point_that_is_no_picture(bad):
    samples = np.full((8, 8), 0.5, np.float32)
    samples[3, 4] = bad
    with pytest.raises(UnreadableImage, match=r"^x\.tif: .*(NaN|white point)"):
        decode(encoded(Image.fromarray(samples), "TIFF"), "x.tif")


def test_floating_point_colour_says_what_to_save():
    file = io.BytesIO()
    tifffile.imwrite(file, np.zeros((8, 8, 3), np.float32), photometric="rgb")
    with pytest.raises(UnreadableImage, match=r"TIFF of an unsupported kind.*8 or 16 bits"):
        decode(file.getvalue())


@pytest.mark.parametrize("container", ["GIF", "PNG", "WEBP", "TIFF"])
def test_the_first_frame_of_several_counts(container):
    frames = [Image.fromarray(np.full((24, 32, 3), value, np.uint8)) for value in (40, 200)]
    options = {"lossless": True} if container == "WEBP" else {}
    data = encoded(frames[0], container, save_all=True, append_images=frames[1:], **options)
    assert np.unique(decode(data).pixels).tolist() == [40]


@pytest.mark.filterwarnings("ignore:Corrupt EXIF", "ignore:Truncated File")
@pytest.mark.parametrize("container", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF"])
def test_truncated_files_are_unreadable_at_every_length(container):
    data = encoded(noise(), container)
    for length in range(1, len(data) // 2, 37):
        with pytest.raises(UnreadableImage, match=r"^cut: .+"):
            decode(data[:length], "cut")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", r"empty \(0 bytes\)"),
        (b"<!DOCTYPE html><title>404</title>", "not an image.*begins with b'<!DOCTYPE"),
        (b"\x00" * 100, "not an image"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "HEIC"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not an image"),
    ],
)
def test_files_that_are_no_images_say_why(tmp_path, data, reason):
    path = tmp_path / "holiday.jpg"
    path.write_bytes(data)
    with pytest.raises(UnreadableImage, match=reason) as caught:
        decode(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert isinstance(caught.value, DataError)


def test_missing_file_folder_and_impossible_path(tmp_path):
    with pytest.raises(UnreadableImage, match=r"No such file"):
        decode(tmp_path / "none.png")
    with pytest.raises(UnreadableImage, match=r"not a file but a folder"):
        decode(tmp_path)
    with pytest.raises(UnreadableImage, match=r"null"):
        decode("a\0b.png")


def test_a_decompression_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    data = encoded(noise())
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(UnreadableImage, match=r"too many pixels.*MAX_IMAGE_PIXELS"):
        decode(data)


def test_what_is_not_a_file_is_an_invalid_argument():
    with pytest.raises(InvalidInput, match=r"takes a path or the bytes.*ndarray"):
        decode(noise())  # type: ignore[arg-type]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("container", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "PPM", "AVIF"])
def test_damaged_bytes_give_a_picture_or_unreadable_image_and_nothing_else(container):
    rng = np.random.default_rng(0)
    options = {} if container in ("GIF", "BMP", "PPM") else {"exif": Image.Exif()}
    if Image.registered_extensions().get(f".{container.lower()}") is None and container != "TIFF":
        pytest.skip(f"this Pillow has no {container}")
    whole = np.frombuffer(encoded(noise(), container, **options), np.uint8)
    outcomes = set()
    for _ in range(150):
        data = whole.copy()
        places = rng.integers(0, min(len(data), int(rng.choice([40, 400]))), size=rng.integers(1, 6))
        data[places] = rng.integers(0, 256, len(places))
        try:
            outcomes.add(decode(data.tobytes()).pixels.dtype.name)
        except UnreadableImage:
            outcomes.add("unreadable")
    assert outcomes <= {"uint8", "unreadable"}
    assert "unreadable" in outcomes


def heic(image, **options):
    package = pytest.importorskip("pillow_heif", reason="pillow-heif is not installed (subband[heif])")
    package.register_heif_opener()
    return encoded(image, "HEIF", quality=95, **options)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_is_upright_as_a_jpeg_of_the_same_camera(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = decode(heic(smooth(), exif=exif.tobytes()))
    expected = decode(encoded(smooth(), exif=exif)).pixels
    assert found.facts.container == "HEIF"
    assert found.pixels.shape == expected.shape
    assert np.abs(found.pixels.astype(int) - expected).max() <= 12  # lossy, with halved chroma


def test_heic_without_its_package_names_the_extra(monkeypatch):
    head = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(UnreadableImage, match=r'HEIC needs pillow-heif: pip install "subband\[heif\]"'):
        decode(head)


def test_damaged_heic_is_called_so():
    with pytest.raises(UnreadableImage, match=r"HEIC"):
        decode(heic(smooth())[:300])


def test_the_shorter_side_is_read_from_the_head_of_a_file():
    assert shorter_side(io.BytesIO(encoded(noise(24, 32)))) == 24
    assert shorter_side(io.BytesIO(b"no image")) is None
    assert shorter_side(io.BytesIO(b"")) is None


def test_a_fifo_is_refused_at_once_and_a_socket_too(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(UnreadableImage, match=r"not a file but a FIFO") as caught:
        decode(tmp_path / "a.png")
    assert caught.value.reason == "not a file but a FIFO"
    with pytest.raises(UnreadableImage, match=r"not a file but a device"):
        decode("/dev/zero")


def test_a_file_too_large_for_a_picture_is_not_read(tmp_path):
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)  # sparse: takes no room
    with pytest.raises(UnreadableImage, match=r"too large for a picture \(2\.0 GiB; at most 2 GiB\)"):
        decode(path)


def test_messages_are_one_line_whatever_the_name(tmp_path):
    with pytest.raises(UnreadableImage) as caught:
        decode(b"", os.fsdecode(b"caf\xe9\n\x1b[31m.jpg"))
    assert str(caught.value) == r"caf\xe9\n\x1b[31m.jpg: the file is empty (0 bytes)"
    assert pickle.loads(pickle.dumps(caught.value)).reason == "the file is empty (0 bytes)"
