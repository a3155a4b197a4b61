"""For the tests of all days: the module under test, and one plain line for what is not written yet."""

from collections.abc import Generator
from pathlib import Path
from time import process_time
from types import ModuleType
from typing import Any

import pytest

from course.days import load

MISSING = "not written yet: "


@pytest.fixture(scope="module")
def work(request: pytest.FixtureRequest) -> ModuleType:
    """The exercise of the test's folder, or its solution (COURSE=solutions)."""
    return load(Path(request.path).parent.name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Note the processor's time, which other programs on the machine do not lengthen, for `course.check`."""
    start = process_time()
    try:
        return (yield)
    finally:
        item.user_properties.append(("seconds", process_time() - start))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    report = yield
    error = call.excinfo
    if report.failed and error is not None and error.errisinstance(NotImplementedError):
        place = error.traceback[-1]
        report.longrepr = f"{MISSING}{error.value} ({place.path.name}, line {place.lineno + 1})"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """After all else, what to write first."""
    failures = [str(report.longrepr) for report in terminalreporter.stats.get("failed", [])]
    missing = [failure for failure in failures if failure.startswith(MISSING)]
    if missing:
        terminalreporter.write_line(f"Next: {missing[0].removeprefix(MISSING)}")
