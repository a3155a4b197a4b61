"""Work shared among threads: every item once, whatever their number, errors and forks included."""

import subprocess
import sys

import numpy as np
import pytest

import subband as sb
from subband.errors import InvalidInput
from subband.kernels.threads import WORTH_SHARING, set_threads, share, threads


@pytest.fixture(autouse=True)
def _restore():
    before = threads()
    yield
    set_threads(before)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_every_item_is_done_once(count: int) -> None:
    set_threads(count)
    done = np.zeros(20, int)

    def kernel(start: int, stop: int) -> None:
        done[start:stop] += 1

    share(kernel, len(done), WORTH_SHARING)
    assert (done == 1).all()


def test_results_do_not_depend_on_the_number_of_threads(rng) -> None:
    x = rng.standard_normal((50, 4096))
    set_threads(1)
    alone = sb.dwt(x, "db4", level=3).array
    set_threads(3)
    np.testing.assert_array_equal(sb.dwt(x, "db4", level=3).array, alone)


def test_an_error_in_a_thread_is_raised_here() -> None:
    set_threads(2)

    def kernel(start: int, stop: int) -> None:
        if start:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        share(kernel, 4, WORTH_SHARING)


FORK = """
import os
import numpy as np
import subband as sb

sb.set_threads(2)
x = np.random.default_rng(0).standard_normal((8, 65536))
want = sb.dwt(x, "haar", 2).array
child = os.fork()
same = np.array_equal(sb.dwt(x, "haar", 2).array, want)
if child == 0:
    os._exit(0 if same else 1)
assert same and os.waitpid(child, 0)[1] == 0
"""


def test_a_forked_child_computes_too() -> None:
    # In a process of its own: other libraries' threads, which tests have started here, don't survive a fork.
    subprocess.run([sys.executable, "-c", FORK], check=True, timeout=120)


def test_no_threads_at_all_is_refused() -> None:
    with pytest.raises(InvalidInput, match="0 threads"):
        set_threads(0)
