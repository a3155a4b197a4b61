"""Bars for terminals, plain lines for everything else."""

import io

import pytest
from rich.console import Console

from subband.runs.progress import Bars, Lines, Silent, counted, watcher


class Terminal(io.StringIO):
    def isatty(self):
        return True


def work(seen):
    with seen.stage("paint") as advance:
        advance(1, 4, "the door")
        advance(2, 4, "the door")
        advance(4, 4, "the wall")
    seen.say("done [here]")


def test_terminals_get_bars_and_pipes_get_lines():
    assert isinstance(watcher(Terminal()), Bars)
    assert isinstance(watcher(io.StringIO()), Lines)


def test_lines_are_plain_and_name_each_part_once():
    stream = io.StringIO()
    work(Lines(stream))
    first, second, third, last = stream.getvalue().splitlines()
    assert (first, second, last) == ("paint: the door", "paint: the wall", "done [here]")
    assert third.startswith("paint: done in ")
    assert "\x1b" not in stream.getvalue()


def test_bars_show_share_and_time_left():
    seen = Bars(io.StringIO())
    seen.console = Console(file=io.StringIO(), force_terminal=True, width=120)
    work(seen)
    text = seen.console.file.getvalue()
    for words in ("paint", "100%", "left", "done [here]"):
        assert words in text


def test_a_stage_that_begins_slowly_has_no_time_left_to_say(monkeypatch):
    clock = iter([0.0, 100.0, 200.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    shown = []
    report = counted(lambda *told: shown.append(told), "step")
    report(0, 4)
    report(1, 4)
    assert shown == [(1, 4, "step 1 of 4, 10:00 left")]


@pytest.mark.parametrize("seen", [Silent(), Lines(io.StringIO()), Bars(io.StringIO())])
def test_ctrl_c_passes_through_a_stage(seen):
    with pytest.raises(KeyboardInterrupt), seen.stage("work"):
        raise KeyboardInterrupt
