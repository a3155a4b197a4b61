"""Work shared among threads: every item once, whatever their number, errors and forks included."""

import os
import subprocess
import sys
import threading
import time
import weakref

import numpy as np
import pytest

import subband as sb
from subband.errors import InvalidInput
from subband.kernels.threads import WORTH_SHARING, _pool, set_threads, share, threads
from subband.runs.environment import cores


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


def test_calls_from_many_threads_and_from_within_each_other_end() -> None:
    set_threads(3)
    done = np.zeros((6, 12), int)

    def outer(start: int, stop: int) -> None:
        for row in done[start:stop]:

            def inner(first: int, last: int, row=row) -> None:
                row[first:last] += 1

            share(inner, len(row), WORTH_SHARING)

    callers = [threading.Thread(target=share, args=(outer, len(done), WORTH_SHARING)) for _ in range(5)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
    assert (done == 5).all()


def test_another_number_of_threads_ends_those_before_and_arrays_are_let_go() -> None:
    def ours() -> int:
        return sum(thread.name.startswith("subband-") for thread in threading.enumerate())

    x = np.ones(3)
    kept = weakref.ref(x)
    for count in (4, 2):
        set_threads(count)
        share(lambda start, stop, x=x: None, 8, WORTH_SHARING)
        until(lambda count=count: ours() == count - 1)
    del x
    until(lambda: kept() is None)


def until(holds) -> None:
    """Wait for what other threads are about to do."""
    for _ in range(1000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError


def test_nothing_is_begun_after_an_error() -> None:
    set_threads(2)
    begun = []

    def kernel(start: int, stop: int) -> None:
        begun.append(start)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        share(kernel, 100, WORTH_SHARING)
    assert 1 <= len(begun) <= 2  # one in each thread


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_computes_too() -> None:
    # In a process of its own: other libraries' threads, which tests have started here, don't survive a fork.
    subprocess.run([sys.executable, "-c", FORK], check=True, timeout=120)


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


@pytest.mark.parametrize("count", [0, -2, 2.5, "2", True])
def test_no_number_of_threads_is_refused(count) -> None:
    with pytest.raises(InvalidInput, match=rf"on {count!r} threads: give a whole number of 1 or more"):
        set_threads(count)
    set_threads(np.int64(3))
    assert threads() == 3


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment is read anew when the number of threads is next asked for."""
    monkeypatch.setattr(_pool, "_count", None)
    return monkeypatch


@pytest.mark.compiled
@pytest.mark.parametrize("text", ["two", "0", "-1", "1.5", "²"])
def test_a_variable_that_is_no_number_is_named_when_threads_are_needed(text: str, unread) -> None:
    unread.setenv("SUBBAND_THREADS", text)
    with pytest.raises(
        InvalidInput, match=rf"SUBBAND_THREADS='{text}'.* whole number of 1 or more, or unset it"
    ):
        sb.dwt(np.ones(2 * WORTH_SHARING), "haar", level=1)
    set_threads(2)  # which needs no variable
    assert threads() == 2


@pytest.mark.parametrize(("text", "want"), [("3", 3), (" 2\n", 2), ("", cores()), (None, cores())])
def test_the_variable_says_how_many(text: str | None, want: int, unread) -> None:
    if text is None:
        unread.delenv("SUBBAND_THREADS")
    else:
        unread.setenv("SUBBAND_THREADS", text)
    assert threads() == want


def test_importing_reads_no_variable() -> None:
    code = "import subband, subband.cli; subband.set_threads(1); print(subband.threads())"
    given = os.environ | {"SUBBAND_THREADS": "two"}
    run = subprocess.run([sys.executable, "-c", code], env=given, capture_output=True, text=True, check=True)
    assert run.stdout == "1\n"


def test_without_a_list_of_processors_all_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert cores() == 5
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cores() == 1
