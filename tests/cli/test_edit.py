"""`subband edit`: in-painting, out-painting and classes, by models of tokens, through the command line."""

import numpy as np
import pytest
from PIL import Image
from trained import QUICK, blobs, everything, failed, invoke

from subband.training import load_checkpoint, save_checkpoint

SMALL = ("--width", 16, "--depth", 1, "--heads", 2)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Runs of both families of tokens and of another, images, and masks of a part, of nothing and of all."""
    folder = tmp_path_factory.mktemp("edited")
    data = blobs(folder / "blobs.npz")
    common = ("--data", data, "--steps", 2, *QUICK)
    for name, more in {
        "grid0": ("autoencoder", "--bottleneck", "fsq", "--seed", 0),
        "grid1": ("autoencoder", "--bottleneck", "fsq", "--seed", 1),
        "maskgit": ("maskgit", *SMALL),
        "paella": ("paella", *SMALL, "--tokenizer", folder / "grid0"),
        "vae": ("vae",),
    }.items():
        made = invoke("train", *more, *common, "--out", folder / name)
        assert made.exit_code == 0, made.output
    random = np.random.default_rng(1)
    Image.fromarray(random.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(folder / "photo.png")
    Image.fromarray(random.integers(0, 256, (24, 32, 3), dtype=np.uint8)).save(folder / "wide.png")
    for name, part in {"part": np.s_[5:11, 3:8], "none": np.s_[:0], "all": np.s_[::3, ::3]}.items():
        mask = np.zeros((16, 16), dtype=np.uint8)
        mask[part] = 255
        Image.fromarray(mask).save(folder / f"{name}.png")
    return folder


@pytest.fixture(autouse=True)
def there(home, monkeypatch):
    monkeypatch.chdir(home)


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("family", ["maskgit", "paella"])
def test_only_the_tokens_below_the_mask_change(family, tmp_path):
    words = (
        "edit",
        family,
        "photo.png",
        "--mask",
        "part.png",
        "--count",
        2,
        "--label",
        1,
        "--out",
        tmp_path / "x",
    )
    done = invoke(*words)
    assert done.exit_code == 0, done.output
    assert "2 images" in done.stdout
    first, second = (pixels(tmp_path / "x" / f"0000{k}.png") for k in (0, 1))
    cells = np.zeros((16, 16), dtype=bool)
    cells[4:12, 0:8] = True
    for drawn in (first, second):
        assert np.array_equal(drawn[~cells], pixels("photo.png")[~cells])
        assert not np.array_equal(drawn[cells], pixels("photo.png")[cells])
    before = everything(tmp_path / "x")
    assert failed(invoke(*words), "holds 2 images already")
    again = invoke(*words, "--overwrite", "--sampling-steps", 1)
    assert again.exit_code == 0, again.output
    assert invoke(*words, "--overwrite").exit_code == 0
    assert everything(tmp_path / "x") == before


def test_what_lies_below_the_mask_has_no_influence_unless_it_is_to_have_some(tmp_path):
    other = pixels("photo.png").copy()
    other[5:11, 3:8] = 255 - other[5:11, 3:8]
    Image.fromarray(other).save(tmp_path / "other.png")
    for image in ("photo.png", tmp_path / "other.png"):
        out = tmp_path / f"{image}".split("/")[-1].replace(".png", "-edited.png")
        assert invoke("edit", "maskgit", image, "--mask", "part.png", "--out", out).exit_code == 0
    assert np.array_equal(pixels(tmp_path / "photo-edited.png"), pixels(tmp_path / "other-edited.png"))
    weak = ("--mask", "part.png", "--strength", 0.4, "--seed", 3)
    assert (
        invoke("edit", "maskgit", tmp_path / "other.png", *weak, "--out", tmp_path / "a.png").exit_code == 0
    )
    assert invoke("edit", "maskgit", "photo.png", *weak, "--out", tmp_path / "b.png").exit_code == 0
    assert not np.array_equal(pixels(tmp_path / "a.png"), pixels(tmp_path / "b.png"))


@pytest.mark.parametrize("family", ["maskgit", "paella"])
def test_an_image_is_extended_window_by_window(family, tmp_path):
    out = tmp_path / "wider.png"
    done = invoke("edit", family, "wide.png", "--extend", "0,20,8,4", "--sampling-steps", 2, "--out", out)
    assert done.exit_code == 0, done.output
    found = pixels(out)
    assert found.shape == (32, 56, 3)
    assert np.array_equal(found[:24, 4:36], pixels("wide.png"))
    assert found[24:].std() > 0
    assert found[:, 36:].std() > 0


def test_one_variant_is_an_image_beside_its_original_and_never_replaces_another(tmp_path):
    Image.fromarray(pixels("photo.png")).save(tmp_path / "mine.png")
    words = ("edit", "maskgit", tmp_path / "mine.png", "--mask", "part.png")
    assert invoke(*words).exit_code == 0
    assert pixels(tmp_path / "mine-edited.png").shape == (16, 16, 3)
    assert failed(invoke(*words), "mine-edited.png exists")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "nothing to draw: give --mask"),
        (("--mask", "none.png"), "selects nothing to draw"),
        (("--mask", "all.png"), "leaves nothing of the image"),
        (("--mask", "wide.png"), "the mask is 24 × 32 and the image 16 × 16"),
        (("--extend", "3"), "multiples of 4"),
        (("--extend", "4,4"), "TOP,RIGHT,BOTTOM,LEFT"),
        (("--extend", "-4,0,0,0"), "TOP,RIGHT,BOTTOM,LEFT"),
        (("--mask", "part.png", "--label", "cat"), "no class cat: its classes are 0, 1"),
        (("--mask", "part.png", "--count", 0), "1 or more"),
        (("--mask", "part.png", "--strength", 1.5), "a strength above 0 up to 1"),
        (("--mask", "part.png", "--seed", -1), "0 or more"),
        (("--mask", "part.png", "--out", "x.tiff"), "end the name in"),
        (("--mask", "blobs.npz"), "blobs.npz"),
    ],
)
def test_edits_that_make_no_sense(words, says):
    assert failed(invoke("edit", "maskgit", "photo.png", *words), says)


def test_images_that_do_not_fit_the_model(tmp_path):
    Image.fromarray(np.zeros((18, 16), dtype=np.uint8)).save(tmp_path / "odd.png")
    Image.fromarray(np.zeros((8, 16), dtype=np.uint8)).save(tmp_path / "small.png")
    for name, more, says in (
        ("odd.png", ("--extend", 4), "26 × 24 by a model of 16 × 16"),
        ("small.png", ("--extend", "0,4,0,0"), "8 × 20 by a model of 16 × 16"),
    ):
        assert failed(invoke("edit", "maskgit", tmp_path / name, *more), says)
    assert failed(invoke("edit", "maskgit", tmp_path / "gone.png", "--extend", 8), "gone.png")


def test_models_that_cannot_edit(home):
    words = ("photo.png", "--mask", "part.png")
    assert failed(invoke("edit", "vae", *words), "can't edit images by 'vae': train maskgit or paella")
    assert failed(invoke("edit", "gone", *words), "no checkpoint in gone")
    checkpoint, other = load_checkpoint(home / "paella"), load_checkpoint(home / "grid1").tensors
    foreign = {f"tokenizer.autoencoder.{name}": tensor for name, tensor in other.items()}
    from subband.generate import config_of

    save_checkpoint(home / "mixed", "paella", config_of(home / "paella"), checkpoint.tensors | foreign)
    assert failed(invoke("edit", "mixed", *words), "tokens of another tokenizer mean nothing to it")
