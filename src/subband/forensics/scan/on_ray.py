"""The scan on Ray Data, on one machine or a cluster.

The data set has one block for each unit, a description of a few hundred bytes: nothing of a source is read before a
worker has room for it. A worker is an actor of `map_batches` that starts its judging process once; it yields
each finished part by itself, as one row that holds a Parquet file, and this process writes it. If a worker or its
machine is lost, Ray gives its unit to another one, and parts that had arrived are not written again.
"""

import logging
import os
import secrets
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

from subband.errors import ScanError
from subband.forensics.scan.in_turn import Task
from subband.forensics.scan.leftovers import temporary_folder
from subband.forensics.scan.model import Packed, unpacked
from subband.forensics.scan.process import JudgeOrder, JudgeProcess
from subband.forensics.scan.units import from_line, to_line
from subband.forensics.scan.work import Done, Part, parts_of

OBJECT_STORE = 256 << 20
"""Bytes of shared memory on one machine; only descriptions of units and finished parts pass through it."""

ANSWER_SECONDS = 20.0
"""In which a cluster must accept a connection."""

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
    "RAY_DISABLE_IMPORT_WARNING": "1",
    "RAY_enable_metrics_collection": "0",
    "RAY_enable_open_telemetry": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_memory_monitor_refresh_ms": "0",  # judging processes have limits of their own
    "RAY_scheduler_events": "0",
    "RAY_task_events_report_interval_ms": "0",
}
"""Environment of a Ray of our own: no reports, no dashboard, no bars."""


def on_ray(
    tasks: Sequence[Task],
    model: Packed,
    order: JudgeOrder,
    length: int,
    most: int,
    *,
    workers: int | None = None,
    address: str | None = None,
) -> Iterator[Part]:
    """Answer units on Ray.

    Args:
        tasks, model, order, length, most: see `in_turn`.
        workers: number of workers, each on one processor; by default all processors of the cluster.
        address: of a running cluster, as `ray.init` takes it; a Ray of our own on this machine by default, unless
            this process is connected to one already.

    Raises:
        ScanError: the cluster can't be reached, or Ray came to its end.
    """
    with _connected(address, workers) as ray:
        import pyarrow as pa
        from ray.data import ActorPoolStrategy, from_arrow

        blocks = [
            pa.table(
                {
                    "unit": [to_line(unit)],
                    "done": pa.array([sorted(done.parts)], pa.list_(pa.int64())),
                    "last": pa.array([done.last], pa.int64()),
                }
            )
            for unit, done in tasks
        ]
        count = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        found = from_arrow(blocks).map_batches(
            Worker,
            fn_constructor_args=(model, asdict(order), length, most),
            batch_size=1,
            batch_format="pyarrow",
            compute=ActorPoolStrategy(size=min(count, len(blocks)), max_tasks_in_flight_per_actor=2),
            num_cpus=1,
        )
        try:
            tables: Iterator[Any] = iter(
                found.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0)
            )
            for table in tables:
                for row in table.to_pylist():
                    if row.pop("fatal"):
                        raise ScanError(row["failure"])
                    yield Part(**row)
        except ScanError:
            raise
        except Exception as error:
            words = str(error).strip().splitlines()
            raise ScanError(f"Ray stopped: {words[-1] if words else type(error).__name__}") from error


class Worker:
    """One actor: a judging process, and the units that Ray gives it."""

    def __init__(self, model: Packed, order: dict[str, Any], length: int, most: int):
        self._unpacked = unpacked(model)  # removed with the actor's process, if it ends in an orderly way
        self._judge = JudgeProcess(replace(JudgeOrder(**order), model=self._unpacked.__enter__()))
        self._length, self._most = length, most

    def __call__(self, batch: Any) -> Iterator[Any]:
        """The parts of the units in a batch, one table of one row each."""
        for row in batch.to_pylist():
            unit, done = from_line(row["unit"]), Done(frozenset(row["done"]), row["last"])
            try:
                for part in parts_of(unit, done, self._judge, self._length, self._most):
                    yield _table(part, False)
            except ScanError as error:
                yield _table(Part(unit.key, 0, failure=str(error)), True)


def _table(part: Part, fatal: bool) -> Any:
    """A part as an Arrow table of one row."""
    import pyarrow as pa

    row = {name: [value] for name, value in asdict(part).items()}
    row["table"] = pa.array([part.table], pa.large_binary())
    return pa.table(row | {"fatal": [fatal]})


@contextmanager
def _connected(address: str | None, workers: int | None) -> Iterator[Any]:
    """Ray, connected to a cluster or to one of our own that ends with the block."""
    if address is not None and any(name in os.environ for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")):
        os.environ.setdefault(
            "RAY_AUTH_MODE", "token"
        )  # a Ray that joins a cluster does not set it by itself
    ray = _imported()
    if ray.is_initialized():
        with _quiet_data():
            yield ray
        return
    where = f"at {address}" if address else "on this machine"
    logging.getLogger("ray").setLevel(logging.ERROR)
    with temporary_folder() as place:
        try:
            if address is None:
                _begin(ray, workers, str(place))
            else:
                _knock(address)
                with _no_stderr():
                    ray.init(address=address, log_to_driver=False, logging_level="ERROR")
        except (OSError, RuntimeError) as error:
            raise ScanError(f"can't reach Ray {where}: {' '.join(str(error).split())}") from error
        try:
            with _quiet_data():
                yield ray
        finally:
            ray.shutdown()


def _imported() -> Any:
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    import ray
    import ray.data

    return ray


def _knock(address: str) -> None:
    """Connect to HOST:PORT once: where nothing listens, Ray itself would go on trying for minutes.

    Raises:
        OSError: nothing listens there, or there is no such host.
    """
    host, _, port = address.rpartition(":")
    if port.isdigit() and host and "/" not in host:
        socket.create_connection((host.strip("[]"), int(port)), timeout=ANSWER_SECONDS).close()


def _begin(ray: Any, workers: int | None, place: str) -> None:
    """Start a Ray of our own: on the loopback address, without dashboard, with little shared memory."""
    if not any(name in os.environ for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")):
        # Ray asks for a token, which keeps other users out, but would write it into the home folder.
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
    # For its workers: the modules of this process, and a place for temporary files that is removed with it.
    environment = {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)), "TMPDIR": place}
    before = {name: os.environ.get(name) for name in environment}
    os.environ |= environment
    try:
        with _no_stderr():
            ray.init(
                address="local",
                num_cpus=workers,
                include_dashboard=False,
                log_to_driver=False,
                configure_logging=False,
                logging_level="ERROR",
                object_store_memory=OBJECT_STORE,
                _node_ip_address="127.0.0.1",
                _temp_dir=place,
            )
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _no_stderr() -> Iterator[None]:
    """Discard what is written to stderr: Ray's compiled part announces its log level there."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@contextmanager
def _quiet_data() -> Iterator[None]:
    """Settings of Ray Data for this scan: parts are passed on one by one, and nothing is printed."""
    from ray.data import DataContext

    context = DataContext.get_current()
    kept = {
        "target_max_block_size": 1,
        "enable_progress_bars": False,
        "print_on_execution_start": False,
        "enable_auto_log_stats": False,
        "verbose_stats_logs": False,
        "max_consecutive_actor_init_deaths": 20,
    }
    before = {name: getattr(context, name) for name in kept}
    logger = logging.getLogger("ray.data")
    level = logger.level
    try:
        logger.setLevel(logging.ERROR)
        for name, value in kept.items():
            setattr(context, name, value)
        yield
    finally:
        logger.setLevel(level)
        for name, value in before.items():
            setattr(context, name, value)
