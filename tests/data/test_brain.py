"""Layouts of BOLD5000 and GOD on small files of the same form; the synthetic brain against its closed forms."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from subband.data.brain import (
    BrainRecording,
    encoding_model,
    haemodynamic_response,
    noise_ceiling,
    pad_voxels,
    read_bold5000,
    read_god,
    stack_subjects,
)
from subband.data.brain.encoding import blur, energies
from subband.errors import DataError, InvalidInput

REGIONS = {"EarlyVis": 5, "LOC": 3, "OPA": 2, "PPA": 2, "RSC": 1}


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def write_god(folder: Path, rng, *, trials: int = 12, pictures: int = 9, tests: int = 4, nan: bool = False):
    voxels = 10
    brain = {
        "arr_0": rng.standard_normal((trials, voxels)), "arr_1": rng.standard_normal((tests * 35, voxels)),
        "arr_2": rng.standard_normal((tests, voxels)), "arr_3": rng.integers(0, pictures, trials),
        "VC": np.arange(voxels) >= 3, "V1": np.arange(voxels) < 5,
    }  # fmt: skip
    if nan:
        brain["arr_0"][2, 7] = np.nan
    images = {
        "train_images": rng.integers(0, 256, (pictures, 16, 16, 3), dtype=np.uint8),
        "test_images": rng.integers(0, 256, (tests, 16, 16, 3), dtype=np.uint8),
    }
    np.savez(folder / "sbj_3.npz", **brain)
    np.savez(folder / "images_256.npz", **images)
    return brain, images


def test_god_has_its_region_and_each_response_its_picture(tmp_path, rng) -> None:
    brain, images = write_god(tmp_path, rng)
    found = read_god(tmp_path, "sbj_3")
    assert found.voxels.shape == (12, 7)
    assert found.test_voxels.shape == (4, 7)
    np.testing.assert_array_equal(found.images, images["train_images"][brain["arr_3"]])
    np.testing.assert_array_equal(found.test_images, images["test_images"])
    raw, test = brain["arr_0"][:, 3:], brain["arr_2"][:, 3:]
    np.testing.assert_allclose(found.voxels, (raw - raw.mean(0)) / raw.std(0), atol=1e-5)
    np.testing.assert_allclose(found.test_voxels, (test - raw.mean(0)) / raw.std(0), atol=1e-5)
    assert read_god(tmp_path, "sbj_3", roi="V1").voxels.shape == (12, 5)


def test_god_says_what_is_wrong(tmp_path, rng) -> None:
    with pytest.raises(DataError, match=r"no file .*sbj_3\.npz"):
        read_god(tmp_path, "sbj_3")
    brain, _ = write_god(tmp_path, rng)
    with pytest.raises(DataError, match="has no array FFA"):
        read_god(tmp_path, "sbj_3", roi="FFA")
    np.savez(tmp_path / "sbj_4.npz", **(brain | {"arr_3": brain["arr_3"] + 9}))
    with pytest.raises(DataError, match="don't fit"):
        read_god(tmp_path, "sbj_4")
    np.savez(tmp_path / "sbj_4.npz", **(brain | {"VC": np.ones(4, bool)}))
    with pytest.raises(DataError, match="region VC"):
        read_god(tmp_path, "sbj_4")
    (tmp_path / "sbj_4.npz").write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(DataError, match="can't read"):
        read_god(tmp_path, "sbj_4")


def test_voxels_that_are_nan_are_an_error_unless_dropped(tmp_path, rng) -> None:
    write_god(tmp_path, rng, nan=True)
    with pytest.raises(DataError, match=r"1 of 7 voxels .* missing='drop'"):
        read_god(tmp_path, "sbj_3")
    assert read_god(tmp_path, "sbj_3", missing="drop").voxels.shape == (12, 6)
    with pytest.raises(InvalidInput, match="'error' or 'drop'"):
        read_god(tmp_path, "sbj_3", missing="mean")


def write_bold5000(folder: Path, rng) -> tuple[dict[str, np.ndarray], list[str]]:
    """Two sessions of two runs; a and b are shown again."""
    runs = [["a.jpg", "x1.png"], ["x2.png", "b.jpg"], ["rep_a.jpg", "x3.png"], ["rep_b.jpg", "rep_a.jpg"]]
    lists = folder / "BOLD5000_Stimuli" / "Stimuli_Presentation_Lists" / "CSI1"
    for k, names in enumerate(runs):
        run = lists / f"CSI1_sess{k // 2 + 1:02d}" / f"CSI_sess{k // 2 + 1:02d}_run{k % 2 + 1:02d}.txt"
        run.parent.mkdir(parents=True, exist_ok=True)
        run.write_text("\n".join(names) + "\n")
    pictures = folder / "BOLD5000_Stimuli" / "Scene_Stimuli" / "Presented_Stimuli"
    for k, (kind, name) in enumerate(
        [
            ("COCO", "a.jpg"),
            ("ImageNet", "b.jpg"),
            ("Scene", "x1.png"),
            ("Scene", "x2.png"),
            ("COCO", "x3.png"),
        ]
    ):
        (pictures / kind).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (30, 20), (40 * k, 0, 255 - 40 * k)).save(pictures / kind / name)
    betas = {}
    out = folder / "BOLD5000_GLMsingle_ROI_betas" / "py"
    out.mkdir(parents=True)
    for region, count in REGIONS.items():
        for side in "LR":
            name = f"CSI1_GLMbetas-TYPED-FITHRF-GLMDENOISE-RR_allses_{side}H{region}"
            betas[side + region] = rng.standard_normal((8, count))
            np.save(out / f"{name}.npy", betas[side + region])
    return betas, [name.removeprefix("rep_") for run in runs for name in run]


def test_bold5000_trains_on_what_was_seen_once_and_tests_on_means(tmp_path, rng) -> None:
    betas, names = write_bold5000(tmp_path, rng)
    found = read_bold5000(tmp_path, "CSI1", size=8)
    raw = np.concatenate([betas[side + region] for region in REGIONS for side in "LR"], axis=1)
    assert found.voxels.shape == (3, 26)
    assert found.test_voxels.shape == (2, 26)
    once = [k for k, name in enumerate(names) if names.count(name) == 1]
    mean, deviation = raw[once].mean(0), raw[once].std(0)
    np.testing.assert_allclose(found.voxels, (raw[once] - mean) / deviation, atol=1e-5)
    a = raw[[k for k, name in enumerate(names) if name == "a.jpg"]].mean(0)
    np.testing.assert_allclose(found.test_voxels[0], (a - mean) / deviation, atol=1e-5)
    assert found.images.shape == (3, 8, 8, 3)
    np.testing.assert_array_equal(found.images[1], np.broadcast_to([120, 0, 135], (8, 8, 3)))
    assert read_bold5000(tmp_path, "CSI1", size=8, regions=("PPA",)).voxels.shape == (3, 4)


def test_bold5000_says_what_is_wrong(tmp_path, rng) -> None:
    with pytest.raises(DataError, match="no lists of pictures"):
        read_bold5000(tmp_path, "CSI1")
    write_bold5000(tmp_path, rng)
    with pytest.raises(DataError, match="no responses of CSI1, V1"):
        read_bold5000(tmp_path, "CSI1", regions=("V1",))
    out = tmp_path / "BOLD5000_GLMsingle_ROI_betas" / "py"
    file = next(out.glob("*LHRSC.npy"))
    np.save(file, np.zeros((7, 1)))
    with pytest.raises(DataError, match="as many as the others"):
        read_bold5000(tmp_path, "CSI1")
    np.save(file, np.full((8, 1), np.nan))
    with pytest.raises(DataError, match="missing='drop'"):
        read_bold5000(tmp_path, "CSI1", size=8)
    (tmp_path / "BOLD5000_Stimuli/Scene_Stimuli/Presented_Stimuli/COCO/a.jpg").unlink()
    with pytest.raises(DataError, match=r"no picture 'a\.jpg'"):
        read_bold5000(tmp_path, "CSI1", size=8, missing="drop")
    run = next((tmp_path / "BOLD5000_Stimuli/Stimuli_Presentation_Lists/CSI1").glob("*/*.txt"))
    run.unlink()
    with pytest.raises(DataError, match="files are missing"):
        read_bold5000(tmp_path, "CSI1", size=8)


def test_subjects_of_different_numbers_of_voxels_are_padded_or_refused(rng) -> None:
    parts = [rng.standard_normal((n, count)) for n, count in ((3, 10), (2, 13))]
    with pytest.raises(InvalidInput, match=r"subjects with 10, 13 voxels.*patch="):
        stack_subjects(parts)
    found = stack_subjects(parts, patch=4)
    assert found.shape == (5, 16)
    np.testing.assert_array_equal(found[:3, 10:], parts[0][:, :6])  # wrapped round
    np.testing.assert_array_equal(found[3:, 13:], parts[1][:, :3])
    assert stack_subjects(parts[:1]).shape == (3, 10)
    with pytest.raises(InvalidInput, match="no subjects"):
        stack_subjects([])
    parts[1][0, 4] = np.nan
    with pytest.raises(InvalidInput, match=r"subject 2 have NaN .* in 1 of 13 voxels .the first is 4."):
        stack_subjects(parts, patch=4)
    with pytest.raises(InvalidInput, match="no shorter"):
        pad_voxels(parts[0], 4, 8)
    with pytest.raises(InvalidInput, match="multiple of patch=4"):
        pad_voxels(parts[0], 4, 14)


def test_recordings_must_go_together(rng) -> None:
    x, images = rng.standard_normal((4, 6)).astype(np.float32), np.zeros((4, 8, 8, 1), np.uint8)
    BrainRecording("s", x, images, x[:2], images[:2])
    for changed, message in (
        ((x, images[:3], x, images), "as many uint8 pictures"),
        ((x, images, x[:, :5], images), "same voxels"),
        ((np.where(x > 1, np.nan, x), images, x, images), "NaN"),
    ):
        with pytest.raises(InvalidInput, match=message):
            BrainRecording("s", *changed)


def test_the_response_of_blood_flow_has_its_known_form() -> None:
    t = np.linspace(-2, 30, 3201)
    h = haemodynamic_response(t)
    assert (h[t <= 0] == 0).all()
    assert h.max() == pytest.approx(1, abs=1e-4)
    assert t[h.argmax()] == pytest.approx(5, abs=0.1)
    assert t[h.argmin()] == pytest.approx(15.7, abs=0.5)  # the undershoot
    assert -0.12 < h.min() < -0.06


def pictures(rng, count: int) -> np.ndarray:
    """Smooth noise of 16 × 16."""
    x = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((count, 16, 16))) / (1 + 8 * np.hypot(*np.meshgrid(
        np.fft.fftfreq(16), np.fft.rfftfreq(16), indexing="ij"))), s=(16, 16))  # fmt: skip
    return np.clip(128 + 120 * x / x.std() / 2, 0, 255).astype(np.uint8)


def test_measurements_without_noise_are_the_convolved_sequence(rng) -> None:
    images = pictures(rng, 30)
    model = encoding_model(images, 4, rng, noise=0)
    r = model.responses(images)
    np.testing.assert_allclose([r.mean(), *r.std(axis=0)], [0, 1, 1, 1, 1], atol=1e-9)
    order = np.random.default_rng(5).permutation(30)
    # The whole time course at 4 ms, by the definition of convolution, read at 4 and 6 s after each picture.
    found = model.measure(images, np.random.default_rng(5))[0]
    for k in (0, 7, 29):
        at = 4.0 * k + np.array([4.0, 6.0])
        wanted = sum(r[order[j]] * haemodynamic_response(at - 4.0 * j).mean() for j in range(30))
        np.testing.assert_allclose(found[order[k]], wanted, atol=5e-3)


def test_the_ceiling_in_closed_form_is_the_correlation_that_is_found(rng) -> None:
    images = pictures(rng, 3000)
    model = encoding_model(images, 24, rng, noise=1.0)
    r = model.responses(images)
    assert abs(sum(blur().values()) - 1) < 0.3
    for repeats in (1, 4):
        y = model.measure(images, np.random.default_rng(1), repeats=repeats)
        found = [np.corrcoef(a, b)[0, 1] for a, b in zip(y.mean(axis=0).T, r.T, strict=True)]
        # The standard error of a correlation ρ is (1 − ρ²) / √n: .01 at the most.
        np.testing.assert_allclose(found, model.ceiling(repeats), atol=0.035)
    np.testing.assert_allclose(noise_ceiling(y), model.ceiling(4), atol=0.035)
    assert np.ptp(model.ceiling()) > 0.1  # voxels differ
    assert (model.ceiling(4) > model.ceiling()).all()


def test_energies_are_blind_to_local_phase_and_see_direction() -> None:
    y, x = np.mgrid[:32, :32]

    def grating(angle: float, phase: float) -> np.ndarray:
        u = np.cos(np.deg2rad(angle)) * x + np.sin(np.deg2rad(angle)) * y
        return (127.5 + 120 * np.cos(2 * np.pi * u * 0.19 + phase)).astype(np.uint8)

    e = energies(np.stack([grating(a, p) for a in (18, 108) for p in (0, 1.5)]))
    same, other = np.corrcoef(e)[0, 1], np.corrcoef(e)[0, 2]
    assert same > 0.97
    assert other < 0.5


def test_neighbouring_voxels_are_alike(rng) -> None:
    images = pictures(rng, 400)
    r = encoding_model(images, 200, rng).responses(images)
    c = np.corrcoef(r.T)
    assert np.diag(c, 1).mean() > np.diag(c, 100).mean() + 0.05


def test_ceilings_and_models_say_what_they_take(rng) -> None:
    with pytest.raises(InvalidInput, match="2 or more"):
        noise_ceiling(np.zeros((1, 5, 3)))
    with pytest.raises(InvalidInput, match="1 or more"):
        encoding_model(pictures(rng, 3), 0, rng)
    with pytest.raises(InvalidInput, match="multiple of 8"):
        encoding_model(np.zeros((3, 12, 12), np.uint8), 2, rng)
