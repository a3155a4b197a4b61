"""Runs that are cut off and go on: the same weights, bit for bit, whatever ended them and whenever."""

import os
import random
import signal
import time
from contextlib import contextmanager
from functools import partial

import pytest
import torch
from children import FORKS, STATE, done
from killed import Pair, digest, train
from safetensors.torch import load_file, save_file

from subband.errors import BudgetError, CheckpointError, InvalidInput, OutputError, TrainingError
from subband.runs.interrupt import Terminated
from subband.training import Keep, PowerAverage, Precision, fit
from subband.training import digest as data_digest
from subband.training.state import Parts, Position, load_state, save_state


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_on_the_same_bits(tmp_path):
    """SIGKILL can't be caught: nothing but the files can help. The state is written at every step, so many of
    the kills fall into the writing."""
    steps = 60
    expected = digest(*train(tmp_path / "whole", steps))
    folder, places = tmp_path / "cut", []
    chance = random.Random(0)
    while len(places) < 5:
        process = FORKS.Process(target=train, args=(folder, steps))
        before = done(folder)
        process.start()
        while done(folder) <= before and process.is_alive():
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.1))
        process.kill()
        process.join()
        if process.exitcode != -signal.SIGKILL:
            break
        places.append(done(folder))
    assert digest(*train(folder, steps)) == expected
    assert len(places) >= 2, "too quick to be killed"
    assert places == sorted(places)
    assert sorted(os.listdir(folder)) == [STATE]


def test_ctrl_c_ends_between_two_steps_and_the_state_is_of_that_step(tmp_path):
    class Interrupted(Pair):
        def step(self, batch, k):
            if k.step == 5 and k.phase == "first":
                os.kill(os.getpid(), signal.SIGINT)
            return super().step(batch, k)

    keep = Keep(tmp_path / STATE)
    reached = fit(Interrupted(), lambda k: BATCH, steps=9, seed=0, keep=keep)
    assert (reached.steps, reached.interrupted, reached.planned) == (6, True, 9)
    assert done(tmp_path) == 6
    reached = fit(Pair(), lambda k: BATCH, steps=9, seed=0, keep=keep)
    assert (reached.steps, reached.interrupted) == (9, False)
    assert len(reached.losses["second"]) == 9


def test_a_second_ctrl_c_ends_at_once_and_saves_no_torn_weights(tmp_path):
    class Torn(Pair):
        def step(self, batch, k):
            if k.step == 5 and k.phase == "second":
                os.kill(os.getpid(), signal.SIGINT)
                os.kill(os.getpid(), signal.SIGINT)
            return super().step(batch, k)

    reached = fit(Torn(), lambda k: BATCH, steps=9, seed=0, keep=Keep(tmp_path / STATE, minutes=60))
    assert (reached.steps, reached.interrupted) == (5, True)
    assert not (tmp_path / STATE).exists()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_loss_that_breaks_says_which_state_is_good(tmp_path):
    class Broken(Pair):
        def step(self, batch, k):
            values = super().step(batch, k)
            return {"loss": values["loss"] * (torch.nan if k.step == 6 else 1)}

    with pytest.raises(
        TrainingError, match=r"step 7 of 9.*last good state, of step 6, is in .*\.safetensors"
    ):
        fit(Broken(), lambda k: BATCH, steps=9, seed=0, keep=Keep(tmp_path / STATE, minutes=0))
    assert done(tmp_path) == 6


BATCH = {"image": torch.linspace(-1, 1, 8 * 64).reshape(8, 1, 8, 8), "label": torch.arange(8)}


def test_a_finished_run_is_not_trained_again(tmp_path):
    first, _, once = train(tmp_path, 4)
    told = []
    again, _, twice = train(tmp_path, 4)
    assert told == []
    assert (once.steps, twice.steps) == (4, 4)
    assert torch.equal(first.second.weight, again.second.weight)


def test_a_finished_run_is_extended_as_a_longer_run_would_go_on(tmp_path, monkeypatch):
    """The same bits wherever it is cut, and the rates of the longer schedule."""
    rates = []

    class Watched(Pair):
        def step(self, batch, k):
            rates.append((k.step, k.steps))
            return super().step(batch, k)

    monkeypatch.setattr("killed.Pair", Watched)
    train(tmp_path / "a", 4)
    again = train(tmp_path / "a", 9)
    assert (again[2].first, again[2].steps, again[2].planned) == (4, 9, 9)
    assert rates[::2] == [(k, 4) for k in range(4)] + [(k, 9) for k in range(4, 9)]
    train(tmp_path / "b", 4)
    done_before = digest(*again)

    class Cut(Watched):
        def step(self, batch, k):
            if k.step == 6 and k.phase == "first":
                os.kill(os.getpid(), signal.SIGTERM)
            return super().step(batch, k)

    monkeypatch.setattr("killed.Pair", Cut)
    cut = train(tmp_path / "b", 9)[2]
    assert (cut.steps, cut.interrupted, cut.signal) == (7, True, signal.SIGTERM)
    with pytest.raises(CheckpointError, match="of 9 steps, not 12 steps: go on with the old number first"):
        train(tmp_path / "b", 12)
    monkeypatch.setattr("killed.Pair", Watched)
    assert digest(*train(tmp_path / "b", 9)) == done_before
    assert train(tmp_path / "b", 9)[2].first == 9


def test_minutes_are_extended_by_steps(tmp_path):
    keep = Keep(tmp_path / STATE)
    run = partial(fit, batches=lambda k: BATCH, seed=0, keep=keep)
    planned = run(Pair(), minutes=0.02).planned
    assert run(Pair(), minutes=0.02).first == planned
    with pytest.raises(CheckpointError, match=rf"of 0.02 minutes, which are {planned} steps, not 1 minutes"):
        run(Pair(), minutes=1.0)
    assert run(Pair(), steps=planned + 2).first == planned
    with pytest.raises(CheckpointError, match=rf"of a run of {planned + 2} steps, not 0.02 minutes"):
        run(Pair(), minutes=0.02)


def test_a_state_of_an_older_version_names_steps_and_minutes(tmp_path):
    run = partial(fit, batches=lambda k: BATCH, seed=0)
    old = {"seed": 0, "parts": 1, "steps": 2, "minutes": 10.0}
    model, losses = Pair(), {"first": [1.0, 2.0], "second": [3.0, 4.0]}
    save_state(tmp_path / STATE, Parts(model, model.optimizers(), []), Position(2, 2, losses, old))
    assert run(Pair(), steps=3, keep=Keep(tmp_path / STATE)).first == 2


def test_a_run_that_replaces_another_leaves_it_alone_until_its_first_state(tmp_path):
    train(tmp_path, 2)
    before, opened = (tmp_path / STATE).read_bytes(), []

    @contextmanager
    def replacing():
        assert (tmp_path / STATE).read_bytes() == before
        opened.append(True)
        yield
        assert done(tmp_path) == 1

    class Stopped(Pair):
        def step(self, batch, k):
            if k.phase == "first":
                os.kill(os.getpid(), signal.SIGTERM)
            return super().step(batch, k)

    keep = Keep(tmp_path / STATE, minutes=60, replacing=replacing)
    with pytest.raises(Terminated):
        fit(Stopped(), lambda k: BATCH, steps=5, seed=1, keep=keep)
    assert ((tmp_path / STATE).read_bytes(), opened) == (before, [])
    seen = []
    reached = fit(
        Pair(), lambda k: BATCH, steps=5, seed=1, keep=keep, hooks=[lambda r: seen.append(list(opened))]
    )
    assert (reached.first, reached.steps, opened, seen[0]) == (0, 5, [True], [True])


def test_a_trial_for_a_budget_in_minutes_leaves_no_trace(tmp_path):
    def run(**budget):
        torch.manual_seed(0)
        model = Pair()
        average = PowerAverage(model)
        reached = fit(model, lambda k: BATCH, seed=0, averages=[average], **budget)
        return reached, digest(model, [average], reached)

    timed, bits = run(minutes=0.02)
    assert timed.steps >= 3
    assert timed.seconds < 3
    assert run(steps=timed.planned)[1] == bits
    with pytest.raises(BudgetError, match="above 0"):
        run(minutes=0.0)
    with pytest.raises(BudgetError, match="a step takes"):
        run(minutes=1e-6)
    with pytest.raises(InvalidInput, match="exactly one"):
        run(minutes=1.0, steps=2)


def test_parts_of_a_batch_are_one_batch():
    class Mean(Pair):
        def step(self, batch, k):
            return {"loss": self.second(batch["image"][:, 0, :2].flatten(1)).square().mean()}

        def optimizers(self):
            return {"second": super().optimizers()["second"]}

    results = []
    for parts in (1, 4):
        torch.manual_seed(0)
        model = Mean()
        losses = fit(model, lambda k: BATCH, steps=5, seed=0, parts=parts, precision=Precision()).losses[
            "second"
        ]
        results.append((losses, model.second.weight.detach()))
    torch.testing.assert_close(torch.from_numpy(results[0][0]), torch.from_numpy(results[1][0]))
    torch.testing.assert_close(results[0][1], results[1][1])
    with pytest.raises(InvalidInput, match="8 into 3 equal parts"):
        fit(Mean(), lambda k: BATCH, steps=1, seed=0, parts=3)


def parts() -> Parts:
    torch.manual_seed(0)
    model = Pair()
    return Parts(model, model.optimizers(), [PowerAverage(model)])


@pytest.fixture
def state(tmp_path):
    save_state(
        tmp_path / STATE, parts(), Position(2, 5, {"first": [1.0, 2.0], "second": [3.0, 4.0]}, {"a": [1]})
    )
    return tmp_path / STATE


def test_a_state_comes_back(state):
    back = load_state(state, parts(), {"a": [1]})
    assert (back.done, back.steps, back.losses) == (2, 5, {"first": [1.0, 2.0], "second": [3.0, 4.0]})


@pytest.mark.parametrize("kept", [0, 100, -1])
def test_a_truncated_state(state, kept):
    state.write_bytes(state.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match="truncated"):
        load_state(state, parts(), {"a": [1]})


def test_a_state_of_another_run(state):
    with pytest.raises(CheckpointError, match=r"another run: a was \[1\] and is \[2\]"):
        load_state(state, parts(), {"a": [2]})
    model = torch.nn.Linear(2, 2)
    with pytest.raises(CheckpointError, match="does not fit this model"):
        load_state(state, Parts(model, {}, []), {"a": [1]})
    train(state.parent / "run", 2)
    with pytest.raises(CheckpointError, match="of 2 steps, not 1 steps: it is finished; ask for more than 2"):
        train(state.parent / "run", 1)
    with pytest.raises(CheckpointError, match="parts was 1 and is 2"):
        train(state.parent / "run", 2, parts=2)


def test_files_that_are_no_state(state, monkeypatch):
    tensors = load_file(state)
    save_file(tensors, state)
    with pytest.raises(CheckpointError, match="not written by Subband"):
        load_state(state, parts(), {})
    save_file(tensors, state, metadata={"subband": '{"format": 1, "kind": "diffusion"}'})
    with pytest.raises(CheckpointError, match="'diffusion', not the state"):
        load_state(state, parts(), {})
    save_file(tensors, state, metadata={"subband": '{"format": 2, "kind": "training"}'})
    with pytest.raises(CheckpointError, match="update Subband"):
        load_state(state, parts(), {})


def test_weights_that_are_not_finite_never_replace_a_state(state):
    before, broken = state.read_bytes(), parts()
    torch.nn.init.constant_(broken.model.second.bias, torch.inf)  # type: ignore[attr-defined]
    with pytest.raises(TrainingError, match=r"second\.bias.*step 3"):
        save_state(state, broken, Position(3, 5, {}))
    assert state.read_bytes() == before


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="can't write"):
        save_state(tmp_path / "file" / STATE, parts(), Position(0, 1, {}))


def test_digests_are_of_values_shapes_and_types():
    x = torch.arange(6.0)
    other = [x + 1, x.view(2, 3), x.view(3, 2), x.double(), x.bfloat16(), x[:5]]
    assert len({data_digest(tensor) for tensor in [x, *other]}) == 7
    assert data_digest(x.view(2, 3).T) == data_digest(x.view(2, 3).T.contiguous())
    assert data_digest(x, torch.tensor(1)) not in (data_digest(torch.tensor(1), x), data_digest(x))
