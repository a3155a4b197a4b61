"""Limited items of many lists: never more, as even as the lists allow, whatever comes when."""

import numpy as np
import pytest

from subband.data.spread import Spread


@pytest.mark.parametrize("seed", range(20))
def test_lists_are_filled_like_water(seed):
    random = np.random.default_rng(seed)
    limit, longest = int(random.integers(1, 60)), int(random.integers(1, 12))
    lengths = random.integers(0, 15, int(random.integers(1, 80)))
    spread = Spread(limit, longest)
    for number, length in enumerate(lengths):
        spread.add([(number, k) for k in range(length)])
        assert spread.count == sum(map(len, spread.lists)) < 2 * limit
    spread.trim()
    kept = [len(items) for items in spread.lists]
    able = np.minimum(lengths, longest)
    assert sum(kept) == min(limit, able.sum()) == spread.count
    for items in spread.lists:
        assert [k for _, k in items] == list(range(len(items)))  # the first ones of each
    short = [k for k, most in zip(kept, able, strict=True) if k < most]
    assert max(kept) - min(short, default=max(kept)) <= 1  # a list that could give more has at most one less


def test_without_a_limit_only_each_list_is_bounded():
    spread = Spread(None, 2)
    spread.add([1, 2, 3])
    spread.add([4])
    spread.trim()
    assert spread.lists == [[1, 2], [4]]
