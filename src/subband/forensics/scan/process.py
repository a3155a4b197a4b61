"""The worker's side of the judging process: batches in, one answer for each file out, whatever the files do.

A process that dies or hangs is replaced. The files that it left without an answer are then given one by one, which
shows the one to blame; it gets an error once it has done so several times, since the system or a person may end a
process for reasons of their own.
"""

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from subband.errors import ScanError
from subband.forensics.scan.answers import Answer

MOST_DEATHS = 3
MOST_HANGS = 2
MOST_STARTS = 10
START_SECONDS = 300.0
_BOOT = "import sys; sys.path[:0] = {path!r}; from subband.forensics.scan.child import main; main()"


@dataclass(frozen=True)
class JudgeOrder:
    """How a judging process is made.

    Attributes:
        judge: "module:function", see `subband.forensics.scan.judging.judging`.
        model: folder of a detector, or a name.
        options: for the judge.
        seconds: most time for one step on one image.
        memory: bytes that the process may take on top of what it takes with its detector.
        threads: of the judging process; None for all cores.
    """

    judge: str
    model: str
    options: dict[str, Any] = field(default_factory=dict)
    seconds: float = 10.0
    memory: int = 4 << 30
    threads: int | None = 1


class _Ended(Exception):
    """The process ended or hung; `numbers` are the files that it was at."""

    def __init__(self, numbers: list[int], hung: bool):
        super().__init__(numbers)
        self.numbers, self.hung = numbers, hung


class JudgeProcess:
    """One judging process, replaced when need be. Not for several threads."""

    def __init__(self, order: JudgeOrder):
        self.order = order
        self._process: subprocess.Popen[bytes] | None = None
        self._inbox: queue.Queue[tuple[Any, ...] | None] = queue.Queue()

    def judge(self, contents: Sequence[bytes]) -> list[Answer]:
        """Answer each file, in order.

        Raises:
            ScanError: no judging process can be started, e.g. the detector can't be loaded.
        """
        answers: dict[int, Answer] = {}
        with suppress(_Ended):
            self._ask(contents, range(len(contents)), answers)
        deaths, hangs = Counter[int](), Counter[int]()
        for number in range(len(contents)):
            while number not in answers:
                try:
                    self._ask(contents, [number], answers)
                except _Ended as ended:
                    (hangs if ended.hung else deaths)[number] += 1
                    if hangs[number] >= MOST_HANGS:
                        answers[number] = Answer(
                            error=f"no answer within {self.order.seconds:g} seconds: raise --seconds"
                        )
                    elif deaths[number] >= MOST_DEATHS:
                        answers[number] = Answer(
                            error=f"its process died {MOST_DEATHS} times, perhaps for lack of memory"
                        )
        return [answers[number] for number in range(len(contents))]

    def start(self) -> None:
        """Start the process if it does not run; `judge` does so, too.

        Raises:
            ScanError: see `judge`.
        """
        for _ in range(MOST_STARTS):
            if self._process is not None and self._process.poll() is None:
                return
            self._begin()
            try:
                message = self._inbox.get(timeout=START_SECONDS)
            except queue.Empty:
                message = None
            if message is not None and message[0] == "ready":
                return
            self.close()
            if message is not None:
                raise ScanError(f"the judging process can't start: {message[2]} ({message[1]})")
        raise ScanError(
            f"the judging process died {MOST_STARTS} times while it loaded the detector: is there enough memory?"
        )

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue

    @property
    def pid(self) -> int | None:
        """Process number; None if it does not run."""
        return None if self._process is None else self._process.pid

    def _ask(self, contents: Sequence[bytes], numbers: Sequence[int], answers: dict[int, Answer]) -> None:
        """Give some files to the process and put its answers into `answers`.

        Raises:
            _Ended: it died or hung before the last answer.
        """
        if not numbers:
            return
        self.start()
        assert self._process is not None
        assert self._process.stdin is not None
        at: list[int] = []
        try:
            pickle.dump([contents[n] for n in numbers], self._process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()
        except OSError:
            self.close()
            raise _Ended(at, False) from None
        while True:
            try:
                message = self._inbox.get(timeout=self.order.seconds * max(len(at), 1))
            except queue.Empty:
                self.close()
                raise _Ended(at, True) from None
            if message is None:
                self.close()
                raise _Ended(at, False)
            if message[0] == "done":
                return
            if message[0] == "at":
                at = [numbers[k] for k in message[1]]
            else:
                answers[numbers[message[1]]] = message[2]

    def _begin(self) -> None:
        self.close()
        path = [os.path.abspath(place) for place in sys.path]
        threads = {} if self.order.threads is None else dict.fromkeys(
            ("SUBBAND_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
            str(self.order.threads),
        )  # fmt: skip
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BOOT.format(path=path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | threads,
        )
        self._inbox = queue.Queue()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        threading.Thread(
            target=_listen, args=(self._process.stdout, self._inbox), name="subband-judge", daemon=True
        ).start()
        order = self.order
        first = {
            "judge": order.judge, "model": order.model, "options": order.options,
            "seconds": order.seconds, "memory": order.memory,
        }  # fmt: skip
        try:
            pickle.dump(first, self._process.stdin)
            self._process.stdin.flush()
        except OSError:
            return  # it died; `start` is told by the thread


def _listen(stream: Any, inbox: "queue.Queue[tuple[Any, ...] | None]") -> None:
    """Put the messages of a process into a queue, then None."""
    while True:
        try:
            inbox.put(pickle.load(stream))
        except (EOFError, OSError, ValueError, pickle.UnpicklingError, AttributeError):
            inbox.put(None)
            return
