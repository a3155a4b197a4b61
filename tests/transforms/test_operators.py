"""What the measurements measure: closed forms, and SciPy's, Pillow's and scikit-image's answers."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

import subband as sb
from subband.errors import InvalidInput

SCIPY_MODES = {
    "periodic": "wrap",
    "zero": "constant",
    "constant": "nearest",
    "symmetric": "reflect",
    "reflect": "mirror",
}


def disc(n: int, radius: float, x0: float, y0: float, fine: int = 16) -> np.ndarray:
    """A disc of height 1, averaged over each sample's square."""
    at = (np.arange(n * fine) + 0.5) / fine - n / 2
    inside = (at - x0) ** 2 + (-at[:, None] - y0) ** 2 <= radius**2
    return inside.reshape(n, fine, n, fine).mean((1, 3))


def gaussian(n: int, sigma: float, x0: float, y0: float) -> np.ndarray:
    at = np.arange(n) - (n - 1) / 2
    return np.exp(-((at - x0) ** 2 + (-at[:, None] - y0) ** 2) / (2 * sigma**2))


def offsets(A: sb.Radon) -> tuple[np.ndarray, np.ndarray]:
    """(views, 1) angles in radians, and (detectors,) distances from the centre."""
    _, detectors = A.output_shape
    return np.deg2rad(A.angles)[:, None], (np.arange(detectors) - (detectors - 1) / 2) * A.spacing


def error(found: np.ndarray, true: np.ndarray) -> float:
    return float(np.linalg.norm(found - true) / np.linalg.norm(true))


def test_a_disc_has_chords_and_a_gaussian_is_gaussian() -> None:
    A = sb.Radon((128, 128), angles=np.arange(0, 360, 7), spacing=0.5)
    theta, s = offsets(A)
    away = s - 8 * np.cos(theta) - 5 * np.sin(theta)
    chords = 2 * np.sqrt(np.maximum(0, 40**2 - away**2))
    assert error(A(disc(128, 40, 8, 5)), chords) < 0.008
    bell = np.sqrt(2 * np.pi) * 6 * np.exp(-(away**2) / (2 * 6**2))
    assert error(A(gaussian(128, 6, 8, 5)), bell) < 0.002


def test_fan_beams_see_the_chords_of_their_rays() -> None:
    A = sb.Radon((128, 128), angles=np.arange(0, 360, 7), beam="fan", distance=150)
    theta, s = offsets(A)
    # The ray through s on the line that faces the source is the parallel ray of this angle and distance.
    turned, away = theta - np.arctan(s / 150), s * np.cos(np.arctan(s / 150))
    chords = 2 * np.sqrt(np.maximum(0, 40**2 - (away - 8 * np.cos(turned) - 5 * np.sin(turned)) ** 2))
    assert error(A(disc(128, 40, 8, 5)), chords) < 0.008


def test_right_angles_sum_rows_and_columns(rng) -> None:
    x = rng.standard_normal((9, 9))
    y = sb.Radon((9, 9), angles=[0, 90, 180], detectors=9)(x)
    np.testing.assert_allclose(y, [x.sum(0), x.sum(1)[::-1], x.sum(0)[::-1]], atol=1e-12)


def test_scikit_image_sees_the_same_but_for_its_interpolation() -> None:
    """Its sinogram has the views as columns, and turns about the sample n // 2, where its middle detector is."""
    transform = pytest.importorskip("skimage.transform")
    x, angles = gaussian(64, 3, 6, 4) + disc(64, 14, -5, 2), np.arange(0, 180, 5.0)
    theirs = transform.radon(x, angles, circle=False).T
    middle = theirs.shape[1] // 2
    A = sb.Radon((64, 64), angles=angles, detectors=2 * middle + 1, centre=(32, 32))
    assert error(A(x)[:, : theirs.shape[1]], theirs) < 0.01
    # Its back-projection is no transpose: after the factor π / (2 · views) by hand a part in some hundred stays.
    y = np.abs(np.random.default_rng(0).standard_normal(theirs.shape))
    back = (
        transform.iradon(y.T, angles, filter_name=None, circle=False, output_size=64)
        * 2
        * len(angles)
        / np.pi
    )
    mismatch = abs(np.vdot(theirs, y) - np.vdot(x, back)) / (np.linalg.norm(theirs) * np.linalg.norm(y))
    assert mismatch > 1e-4
    assert sb.Radon((64, 64), angles=angles).check() < 1e-14


@pytest.mark.parametrize("mode", SCIPY_MODES)
@pytest.mark.parametrize("method", ["fft", "direct"])
def test_blur_is_scipys_convolution(mode: str, method: str, rng) -> None:
    x = rng.standard_normal((13, 11))
    for kernel in (rng.standard_normal((3, 5)), rng.standard_normal((4, 2)), rng.standard_normal((9, 9))):
        A = sb.Blur(x.shape, kernel, mode, method)
        np.testing.assert_allclose(A(x), ndimage.convolve(x, kernel, mode=SCIPY_MODES[mode]), atol=1e-12)


@pytest.mark.parametrize(
    ("kernel", "filter_"),
    [
        ("cubic", Image.Resampling.BICUBIC),
        ("lanczos", Image.Resampling.LANCZOS),
        ("linear", Image.Resampling.BILINEAR),
        ("box", Image.Resampling.BOX),
    ],
)
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_downsampling_is_pillows_away_from_the_ends(
    kernel: str, filter_: Image.Resampling, factor: int, rng
) -> None:
    x = rng.standard_normal((60, 48)).astype(np.float32)
    small = Image.fromarray(x).resize((48 // factor, 60 // factor), filter_)
    inside = (slice(3, -3), slice(3, -3))
    found = sb.Downsample(x.shape, factor, kernel)(x)
    np.testing.assert_allclose(found[inside], np.asarray(small)[inside], atol=2e-6)


def test_downsampling_keeps_constants_and_removes_what_would_alias() -> None:
    n = np.arange(64)
    for kernel in ("cubic", "lanczos", "linear", "box", "gaussian", "none"):
        np.testing.assert_allclose(sb.Downsample(64, 4, kernel)(np.ones(64)), 1, atol=1e-12)
    wave = np.cos(2 * np.pi * 17 / 64 * n)  # above the new limit of 1/8
    assert np.abs(sb.Downsample(64, 4, "lanczos", mode="periodic")(wave)).max() < 0.05
    assert np.abs(sb.Downsample(64, 4, "none")(wave)).max() > 0.9


def test_fourier_samples_are_those_of_the_transform(rng) -> None:
    x, mask = rng.standard_normal((6, 7)), rng.random((6, 7)) < 0.5
    np.testing.assert_allclose(sb.FourierSamples(mask)(x), np.fft.fftn(x, norm="ortho")[mask], atol=1e-12)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: sb.Mask(np.zeros((4, 4))), "a mask of nothing"),
        (lambda: sb.Mask([[np.nan, 1.0]]), "not finite"),
        (lambda: sb.FourierSamples(np.zeros((4, 4), bool)), "a mask of nothing"),
        (lambda: sb.FourierSamples(np.full((4, 4), 0.5)), "booleans"),
        (lambda: sb.Radon((8, 8), angles=[0, 400]), "angles: 400° is outside"),
        (lambda: sb.Radon((8, 8), angles=[0, np.nan]), "outside of −360 … 360"),
        (lambda: sb.Radon((8, 8), angles=[]), "one number of degrees for each view"),
        (lambda: sb.Radon(8), "rows and columns"),
        (lambda: sb.Radon((8, 8), spacing=0), "above 0"),
        (lambda: sb.Radon((8, 8), beam="fan"), "needs the distance"),
        (lambda: sb.Radon((8, 8), beam="fan", distance=3), "inside of the image"),
        (lambda: sb.Radon((8, 8), distance=30), "parallel rays have no source"),
        (lambda: sb.Radon((8, 8), beam="cone"), "parallel, fan"),
        (lambda: sb.Radon((8, 8), detectors=0), "detectors"),
        (lambda: sb.Blur((8, 8), np.zeros((3, 3))), "not all of it 0"),
        (lambda: sb.Blur((8, 8), np.ones((3, 3, 3))), "1 … 2 axes"),
        (lambda: sb.Blur((8, 8), [[np.inf]]), "finite"),
        (lambda: sb.Blur((8, 1), np.ones((3, 3)), "reflect"), "type mode='symmetric'"),
        (lambda: sb.Downsample((8, 8), 9), "1 … 8"),
        (lambda: sb.Downsample((8, 8), (2, 2, 2)), "one for each axis"),
        (lambda: sb.Downsample((8, 8), 2, "sinc"), "box, linear"),
        (lambda: sb.gaussian_kernel(0), "above 0"),
        (lambda: sb.Mask(np.eye(4))(np.ones((5, 5))), r"give \(4, 4\)"),
        (lambda: sb.Mask(np.eye(4))(1j * np.ones((4, 4))), r"Mask\(…, dtype='complex128'\)"),
    ],
)
def test_bad_input_is_refused_in_words(make, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        make()
