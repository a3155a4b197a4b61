import itertools
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import noise, picture, save

from subband.data import (
    Chain,
    FileFacts,
    ImageSet,
    Skipped,
    concatenate,
    count_shared,
    from_arrays,
    gather,
    read,
    split,
)
from subband.errors import DataError, InvalidInput, UnsupportedArray

CHAIN = Chain(16)


def rng(seed=0):
    return np.random.default_rng(seed)


def collect(items, chain=CHAIN, **options):
    return gather("real", items, chain, **({"per_picture": 2, "rng": rng()} | options))


def of_groups(groups, size=8):
    """A set whose crops have these scenes; crop i is filled with i."""
    n = len(groups)
    pixels = np.broadcast_to(np.arange(n, dtype=np.uint8)[:, None, None, None], (n, size, size, 3))
    facts = (FileFacts(1, size, size, "PNG"),) * n
    names = tuple(f"scene {i}" for i in range(max(groups) + 1))
    return ImageSet("real", pixels, np.array(groups, np.int64), names, facts, facts)


def test_gather_keeps_crops_facts_and_what_was_skipped():
    items = [
        picture(noise(40, 50, seed=1), "one"),
        Skipped("broken", "the file is empty"),
        picture(noise(10, 50), "small"),
        picture(noise(16, 16, seed=2), "exact"),
    ]
    seen = []
    images = collect(items, progress=lambda pictures, crops: seen.append((pictures, crops)))
    assert len(images) == 3
    assert images.size == 16
    assert images.pixels.shape == (3, 16, 16, 3)
    assert images.pixels.dtype == np.uint8
    assert images.group.tolist() == [0, 0, 1]
    assert images.group.dtype == np.int64
    assert images.names == ("one", "exact")
    assert [facts.width for facts in images.delivered] == [50, 50, 16]
    assert {facts.width for facts in images.stored} == {16}
    assert images.skipped == (
        items[1],
        Skipped("small", "smaller than a crop of 16×16 (50×10 pixels)"),
    )
    assert seen == [(1, 2), (2, 2), (3, 2), (4, 3)]
    assert images.duplicates == 0


def test_gather_repeats_with_its_seed():
    items = [picture(noise(60, 60, seed=i), str(i)) for i in range(3)]
    assert np.array_equal(collect(items, rng=rng(4)).pixels, collect(items, rng=rng(4)).pixels)
    assert not np.array_equal(collect(items, rng=rng(4)).pixels, collect(items, rng=rng(5)).pixels)


def endless(side=60):
    for i in itertools.count():
        yield picture(noise(side, side, seed=i), str(i))


def test_limit_stops_reading_and_spreads_crops():
    assert np.bincount(collect(endless(), per_picture=3, limit=7).group).tolist() == [1] * 7
    some = itertools.islice(endless(), 3)
    assert np.bincount(collect(some, per_picture=5, limit=7).group).tolist() == [3, 2, 2]


def test_a_limit_is_filled_by_large_pictures_where_small_ones_have_no_more():
    sides = [16, 60, 16, 60]  # 1 crop, 9 crops
    items = [picture(noise(side, side, seed=i), str(i)) for i, side in enumerate(sides)]
    assert np.bincount(collect(items, per_picture=9, limit=13).group).tolist() == [1, 6, 1, 5]
    assert np.bincount(collect(items, per_picture=9, limit=100).group).tolist() == [1, 9, 1, 9]


def test_enough_pictures_end_the_reading_once_the_limit_is_full():
    images = collect(endless(), per_picture=9, limit=20, enough=4)
    assert np.bincount(images.group).tolist() == [5, 5, 5, 5]
    small = collect(endless(16), per_picture=9, limit=20, enough=4)
    assert np.bincount(small.group).tolist() == [1] * 20


def test_pictures_of_one_scene_share_a_group():
    items = [picture(noise(seed=1), "left", "pair"), picture(noise(seed=2), "right", "pair")]
    images = collect(items, per_picture=1)
    assert images.group.tolist() == [0, 0]
    assert images.names == ("pair",)


def test_copies_join_the_scene_of_the_first_and_are_counted():
    items = [picture(noise(seed=i), name) for i, name in [(1, "a"), (2, "b"), (1, "a copy"), (1, "a again")]]
    images = collect(items, per_picture=1)
    assert images.group.tolist() == [0, 1, 0, 0]
    assert images.duplicates == 2


def test_a_copy_joins_two_scenes_that_already_had_pictures():
    items = [
        picture(noise(seed=1), "left", "pair"),
        picture(noise(seed=2), "other"),
        picture(noise(seed=2), "right", "pair"),  # copied to "other" before
        picture(noise(seed=3), "third"),
    ]
    images = collect(items, per_picture=1)
    assert images.group.tolist() == [0, 0, 0, 1]
    assert len(images.names) == 2


def test_equal_bytes_of_another_shape_are_no_copies():
    flat = np.zeros((16, 32, 3), np.uint8)
    images = collect([picture(flat, "wide"), picture(flat.reshape(32, 16, 3), "tall")], per_picture=1)
    assert images.scenes == 2


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([], "'real' has no pictures"),
        (
            [picture(noise(50, 90), "p")],
            r"1 × smaller than a crop of 64×64 \(p\); use smaller crops: --size 48",
        ),
        (
            [picture(noise(5, 5), "p")],
            r"no picture of 'real' can be used with crops of 64×64: 1 × smaller.*\(p\)$",
        ),
        ([Skipped(f"f{i}", "empty") for i in range(5)], r"5 × empty \(f0, f1, f2, … 2 more\)$"),
    ],
)
def test_a_source_without_a_usable_picture_says_why(items, message):
    with pytest.raises(DataError, match=message):
        collect(items, Chain(64))


@pytest.mark.parametrize("options", [{"per_picture": 0}, {"limit": 0}])
def test_counts_are_at_least_one(options):
    with pytest.raises(InvalidInput, match=r"at least 1"):
        collect([picture(noise())], **options)


def test_from_arrays_takes_the_same_path():
    pixels = np.stack([noise(16, 16, seed=i) for i in range(3)])
    images = from_arrays("gan", pixels, CHAIN)
    assert np.array_equal(images.pixels, pixels)
    assert images.group.tolist() == [0, 1, 2]
    assert len(set(images.names)) == 3
    assert images.delivered[0] == FileFacts(16 * 16 * 3, 16, 16, "array")
    photographs = collect([picture(noise(40, 40))])
    assert set(images.stored) == set(photographs.stored)
    lossy = Chain(16, encode="jpeg:50")
    assert np.array_equal(from_arrays("gan", pixels, lossy).pixels[1], lossy(pixels[1])[0])


def test_from_arrays_cuts_larger_images_in_the_middle_and_resizes_them():
    pixels = noise(20, 24)[None]
    assert np.array_equal(from_arrays("gan", pixels, CHAIN).pixels[0], pixels[0, 2:18, 4:20])
    chain = Chain(8, resize=16)
    expected, _ = chain(np.ascontiguousarray(pixels[0, 2:18, 4:20]))
    assert np.array_equal(from_arrays("gan", pixels, chain).pixels[0], expected)


def test_from_arrays_leaves_images_of_the_final_size_unresized():
    pixels = noise(16, 16)[None]
    assert np.array_equal(from_arrays("gan", pixels, Chain(16, resize=64)).pixels, pixels)


def test_a_generator_that_repeats_itself_gives_one_scene():
    pixels = np.stack([noise(16, 16, seed=i) for i in (1, 2, 1)])
    images = from_arrays("gan", pixels, CHAIN)
    assert images.group.tolist() == [0, 1, 0]
    assert images.duplicates == 1


def test_from_arrays_with_groups():
    pixels = np.stack([noise(16, 16, seed=i) for i in range(4)])
    assert from_arrays("gan", pixels, CHAIN, group=[7, 3, 7, 3]).group.tolist() == [0, 1, 0, 1]
    for wrong in ([1, 2], [0.5, 1, 2, 3]):
        with pytest.raises(InvalidInput, match=r"group must be 4 integers"):
            from_arrays("gan", pixels, CHAIN, group=wrong)


@pytest.mark.parametrize(
    ("pixels", "error", "message"),
    [
        (np.zeros((2, 16, 16, 3)), InvalidInput, r"uint8 from 0 to 255, not float64; from \[-1, 1\]"),
        (np.full((1, 16, 16, 3), np.nan, np.float32), InvalidInput, "not float32 with 768 NaN/inf"),
        (np.zeros((2, 16, 16, 3), np.int64), InvalidInput, "not int64"),
        (
            np.zeros((2, 3, 16, 16), np.uint8),
            InvalidInput,
            r"not \(2, 3, 16, 16\); .*transpose\(0, 2, 3, 1\)",
        ),
        (np.zeros((16, 16, 3), np.uint8), InvalidInput, r"shape \(N, H, W, 3\), not \(16, 16, 3\)"),
        (np.zeros((2, 16, 16, 4), np.uint8), InvalidInput, r"not \(2, 16, 16, 4\)"),
        (np.zeros((0, 16, 16, 3), np.uint8), DataError, "gan: no images"),
        (np.zeros((2, 8, 9, 3), np.uint8), DataError, "9×8 pixels are smaller than a crop of 16×16"),
        ([[1, 2], [3, 4]], UnsupportedArray, r"a NumPy array, not builtins\.list"),
    ],
)
def test_from_arrays_refuses_what_are_no_images(pixels, error, message):
    with pytest.raises(error, match=message):
        from_arrays("gan", pixels, CHAIN)


def test_subset_by_numbers_mask_and_slice():
    images = of_groups([0, 0, 1, 2])
    assert images.subset([3, 0]).group.tolist() == [2, 0]
    assert images.subset(np.array([False, True, True, False])).pixels[:, 0, 0, 0].tolist() == [1, 2]
    assert images.subset(slice(1, None)).scenes == 3
    assert len(images.subset([])) == 0
    assert images.subset([2]).names == images.names
    assert len(images.subset([2]).delivered) == len(images.subset([2]).stored) == 1
    with pytest.raises(InvalidInput, match=r"1-D index"):
        images.subset([[0, 1]])
    with pytest.raises(IndexError):
        images.subset([4])


def test_concatenate_keeps_scenes_apart():
    first, second = of_groups([0, 1, 1]), of_groups([0, 0])
    both = concatenate([first, second])
    assert both.source == "real"
    assert both.group.tolist() == [0, 1, 1, 2, 2]
    assert both.names == ("scene 0", "scene 1", "scene 0")
    assert len(both) == len(both.delivered) == len(both.stored) == 5
    assert concatenate([first], "mine").source == "mine"
    for wrong in ([], [of_groups([0], 8), of_groups([0], 16)]):
        with pytest.raises(InvalidInput, match=r"can't concatenate"):
            concatenate(wrong)


@settings(max_examples=100, deadline=None)
@given(
    groups=st.lists(st.integers(0, 20), min_size=3, max_size=200).filter(lambda g: len(set(g)) >= 3),
    weights=st.tuples(*[st.floats(0.05, 1)] * 3),
    seed=st.integers(0, 2**32),
)
def test_split_is_a_partition_by_scene(groups, weights, seed):
    images = of_groups(groups)
    fractions = np.array(weights) / sum(weights)
    parts = split(images, fractions, rng=rng(seed))
    members = [set(part.group.tolist()) for part in (parts.train, parts.val, parts.test)]
    assert all(members)
    assert not members[0] & members[1]
    assert not members[0] & members[2]
    assert not members[1] & members[2]
    assert set.union(*members) == set(groups)
    assert sum(map(len, (parts.train, parts.val, parts.test))) == len(images)
    again = split(images, fractions, rng=rng(seed))
    assert np.array_equal(parts.test.pixels, again.test.pixels)


def test_split_has_about_the_wanted_numbers_of_crops():
    sizes = rng(1).integers(1, 60, size=40)
    groups = np.repeat(np.arange(40), sizes)
    parts = split(of_groups(groups), (0.6, 0.15, 0.25), rng=rng(2))
    shares = np.array([len(parts.train), len(parts.val), len(parts.test)]) / len(groups)
    assert np.abs(shares - (0.6, 0.15, 0.25)).max() < 0.01


def test_split_is_random():
    images = of_groups(range(50))
    tests = {tuple(split(images, rng=rng(seed)).test.group.tolist()) for seed in range(5)}
    assert len(tests) == 5


def test_three_scenes_are_enough_and_two_are_not():
    parts = split(of_groups([0, 0, 0, 1, 2]), rng=rng())
    assert [part.scenes for part in (parts.train, parts.val, parts.test)] == [1, 1, 1]
    assert parts.train.scenes == 1
    with pytest.raises(DataError, match=r"5 crops of only 2 different photographs; .*add photographs"):
        split(of_groups([0, 0, 0, 1, 1]), rng=rng())
    with pytest.raises(DataError, match=r"only 1 different photograph;"):
        split(of_groups([0, 0]), rng=rng())


@pytest.mark.parametrize(
    "fractions", [(0.6, 0.4), (0.6, 0.4, 0), (0.5, 0.5, 0.5), (-0.5, 1, 0.5), (np.nan, 1, 0)]
)
def test_fractions_are_checked(fractions):
    with pytest.raises(InvalidInput, match=r"three positive numbers with sum 1"):
        split(of_groups([0, 1, 2]), fractions, rng=rng())


def test_count_shared_finds_what_was_copied_from_one_source_to_another():
    one = from_arrays("a", np.stack([noise(16, 16, seed=i) for i in range(4)]), CHAIN)
    other = from_arrays("b", np.stack([noise(16, 16, seed=i) for i in (2, 9, 3)]), CHAIN)
    assert count_shared(one, other) == count_shared(other, one) == 2
    assert count_shared(one, one) == 4


def test_the_packaged_photographs_from_end_to_end():
    images = gather("real", read("packaged"), Chain(64), per_picture=4, rng=rng())
    assert images.scenes >= 15
    assert images.skipped == ()
    assert len(set(images.stored)) == 1
    parts = split(images, rng=rng())
    stereo = images.names.index("motorcycle")
    holding = [part for part in (parts.train, parts.val, parts.test) if (part.group == stereo).any()]
    assert len(holding) == 1
    assert (holding[0].group == stereo).sum() == 8


def test_a_mixed_folder_from_end_to_end(tmp_path):
    for i, suffix in enumerate((".png", ".jpg", ".webp", ".tif", ".bmp")):
        save(tmp_path / f"{i}{suffix}", noise(20 + i, 30, seed=i))
    save(tmp_path / "copy.png", noise(20, 30, seed=0))
    save(tmp_path / "tiny.png", noise(4, 4))
    (tmp_path / "broken.png").write_bytes(b"no image")
    images = gather("real", read(tmp_path), CHAIN, per_picture=1, rng=rng())
    assert (len(images), images.scenes, images.duplicates) == (6, 5, 1)
    assert [skipped.name for skipped in images.skipped] == ["broken.png", "tiny.png"]


def data_folder() -> Path:
    return Path(os.environ.get("SUBBAND_DATA", Path(__file__).resolve().parents[3] / "shared/data"))


@pytest.mark.skipif(
    not (data_folder() / "cifar10_train_20k.tar").exists(),
    reason="cifar10_train_20k.tar is not in SUBBAND_DATA",
)
def test_cifar_photographs_from_end_to_end(tmp_path):
    with tarfile.open(data_folder() / "cifar10_train_20k.tar") as archive:
        archive.extractall(tmp_path, itertools.islice(archive, 300), filter="data")
    images = gather("real", read(tmp_path, rng(1)), Chain(32), per_picture=5, limit=200, rng=rng())
    assert len(images) == 200
    assert images.skipped == ()
    assert {facts.container for facts in images.delivered} == {"JPEG"}
    assert len({facts.quantisation for facts in images.delivered}) == 1
    assert len(set(images.stored)) == 1
    parts = split(images, rng=rng())
    assert count_shared(parts.train, parts.test) == 0
    with pytest.raises(DataError, match=r"--size 32"):
        gather("real", read(tmp_path), Chain(64), per_picture=1, rng=rng())
