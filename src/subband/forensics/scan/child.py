"""The process that judges images for a worker, and may die of one.

It reads batches of files on its standard input and writes what it does on its standard output, as pickles from and
for its own parent: ("at", numbers) before each step that may take long or be the last, then ("answer", number, …).
"""

import faulthandler
import os
import pickle
import queue
import threading
from typing import Any, BinaryIO

from subband.forensics.scan.answers import Answer
from subband.forensics.scan.judging import Judging, judging


def main() -> None:
    """Load the judge named in the first message, then answer batches until the input ends."""
    inbox, out = _channels()
    try:
        judge, seconds, memory = _prepared(inbox.get())
    except BaseException as error:  # noqa: BLE001 - told to the parent, which knows what to do
        _send(out, ("failed", type(error).__name__, " ".join(str(error).split())))
        return
    _send(out, ("ready",))
    _limit_memory(memory)
    while True:
        contents: list[bytes] = inbox.get()

        def at(numbers: list[int]) -> None:
            # Ends the process even if a decoder hangs and holds Python's lock, and the parent is gone.
            faulthandler.dump_traceback_later(seconds * len(numbers) + 5, exit=True)
            _send(out, ("at", numbers))

        def answer(number: int, found: Answer) -> None:
            _send(out, ("answer", number, found))

        judge(contents, at, answer)
        faulthandler.cancel_dump_traceback_later()
        _send(out, ("done",))


def _channels() -> tuple["queue.Queue[Any]", BinaryIO]:
    """The messages of the parent, and the stream to it; what libraries print goes nowhere."""
    out = os.fdopen(os.dup(1), "wb")
    stream = os.fdopen(os.dup(0), "rb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    inbox: queue.Queue[Any] = queue.Queue()

    def listen() -> None:
        while True:
            try:
                inbox.put(pickle.load(stream))
            except (EOFError, OSError, pickle.UnpicklingError):
                os._exit(0)  # the parent is gone

    threading.Thread(target=listen, daemon=True).start()
    return inbox, out


def _send(out: BinaryIO, message: tuple[Any, ...]) -> None:
    try:
        pickle.dump(message, out, protocol=pickle.HIGHEST_PROTOCOL)
        out.flush()
    except OSError:
        os._exit(0)


def _prepared(order: dict[str, Any]) -> tuple[Judging, float, int]:
    return judging(order["judge"], order["model"], order["options"]), order["seconds"], order["memory"]


def _limit_memory(more: int) -> None:
    """Allow this process `more` bytes on top of what it has; it is also the first to go if the system runs out."""
    try:
        import resource

        with open("/proc/self/status", encoding="ascii", errors="replace") as status:
            held = next(int(line.split()[1]) << 10 for line in status if line.startswith("VmData"))
        resource.setrlimit(resource.RLIMIT_DATA, (held + more, resource.getrlimit(resource.RLIMIT_DATA)[1]))
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
            score.write("1000")
    except (ImportError, OSError, StopIteration, ValueError):
        return  # no such limits on this system


if __name__ == "__main__":
    main()
