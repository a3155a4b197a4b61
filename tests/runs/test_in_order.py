"""Results in order, as early as possible, errors in their place, and threads that never run far ahead."""

import time
from threading import Event, Lock

import pytest

from subband.runs.in_order import in_order


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 3, 40])
def test_equals_map_whatever_takes_longest(workers, count, rng):
    waits = rng.uniform(0, 3e-3, count)

    def after_a_while(k):
        time.sleep(waits[k])
        return k * k

    assert list(in_order(after_a_while, range(count), workers)) == [k * k for k in range(count)]


def test_several_are_at_work_at_once():
    first, second = Event(), Event()

    def meets_the_other(k):
        (first if k == 0 else second).set()
        return (second if k == 0 else first).wait(30)

    assert all(in_order(meets_the_other, range(2), workers=2))


def test_a_result_does_not_wait_for_the_next_item():
    given = Event()

    def slow():
        yield 1
        assert given.wait(30)
        yield 2

    results = in_order(abs, slow(), workers=3)
    assert next(results) == 1
    given.set()
    assert list(results) == [2]


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_comes_at_its_place_and_nothing_after_it(workers):
    found = []
    with pytest.raises(ZeroDivisionError):
        found.extend(in_order(lambda k: 6 // (k - 2), range(9), workers))
    assert found == [-3, -6]

    def broken():
        yield 1
        raise OSError("gone")

    results = in_order(abs, broken(), workers)
    assert next(results) == 1
    with pytest.raises(OSError, match="gone"):
        next(results)


def test_no_more_items_are_taken_than_the_caller_will_soon_want():
    taken, lock = 0, Lock()

    def counted():
        nonlocal taken
        for k in range(1000):
            with lock:
                taken += 1
            yield k

    results = in_order(abs, counted(), workers=2)
    for given in range(1, 6):
        next(results)
        time.sleep(0.01)
        assert taken <= given + 2 + 2
    results.close()
    assert taken <= 5 + 2 + 2
