"""The course's files agree: each day is whole, stubs and solutions have one interface, links lead somewhere."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COURSE = ROOT / "course"
sys.path.insert(0, str(ROOT))  # the course isn't installed; it is read and run where it lies

from course.days import DAYS  # noqa: E402


def functions(file: Path) -> dict[str, str]:
    """Name → arguments and result, as written, of the public functions of a file, in order."""
    tree = ast.parse(file.read_text("utf-8"))
    nodes = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"]
    return {node.name: f"({ast.unparse(node.args)}) → {ast.unparse(node.returns or node)}" for node in nodes}


def test_there_are_nine_days() -> None:
    assert [day.split("_")[1] for day in DAYS] == [str(k) for k in range(1, 10)]


@pytest.mark.parametrize("day", DAYS)
def test_a_day_is_whole(day: str) -> None:
    there = {path.name for path in (COURSE / day).iterdir()}
    assert there >= {"README.md", "exercise.py", "figure.py", "slides.md"}
    assert [name for name in there if name.startswith("test_")] == [f"test_{day.split('_', 2)[2]}.py"]
    assert (COURSE / "solutions" / f"{day}.png").is_file()


@pytest.mark.parametrize("day", DAYS)
def test_exercise_and_solution_have_one_interface(day: str) -> None:
    exercise, solution = COURSE / day / "exercise.py", COURSE / "solutions" / f"{day}.py"
    assert functions(exercise) == functions(solution)
    assert list(functions(exercise)) == list(functions(solution))


@pytest.mark.parametrize("day", DAYS)
def test_every_function_is_a_documented_todo_in_order(day: str) -> None:
    tree = ast.parse((COURSE / day / "exercise.py").read_text("utf-8"))
    written = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert len(written) >= 6
    for number, node in enumerate(written, 1):
        doc, body = ast.get_docstring(node), [ast.unparse(line) for line in node.body[1:]]
        assert doc, node.name
        assert body == [f"raise NotImplementedError('TODO {number}: {node.name}')"]


@pytest.mark.parametrize("day", DAYS)
def test_every_function_has_its_own_test(day: str) -> None:
    source = (COURSE / day / f"test_{day.split('_', 2)[2]}.py").read_text("utf-8")
    tests = {
        node.name: ast.unparse(node) for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)
    }
    for number, name in enumerate(functions(COURSE / day / "exercise.py"), 1):
        own = [text for test, text in tests.items() if test.startswith(f"test_{number}_")]
        assert own, f"no test_{number}_… for {name}"
        assert any(f"work.{name}" in text for text in own), f"no test_{number}_… calls {name}"


@pytest.mark.parametrize("day", DAYS)
def test_equations_that_are_named_are_in_the_readme(day: str) -> None:
    named = set(re.findall(r"[Ee]quations? \((\d+)\)", (COURSE / day / "exercise.py").read_text("utf-8")))
    tags = re.findall(r"\\tag\{(\d+)\}", (COURSE / day / "README.md").read_text("utf-8"))
    assert tags == [str(k) for k in range(1, len(tags) + 1)]
    assert named <= set(tags)


@pytest.mark.parametrize(
    "page", ["README.md", *(f"{day}/{name}" for day in DAYS for name in ("README.md", "slides.md"))]
)
def test_links_and_commands_of_a_page(page: str) -> None:
    text = (COURSE / page).read_text("utf-8")
    assert text.count("$$") % 2 == 0
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert ((COURSE / page).parent / target).exists(), target
    for target in re.findall(r"(?:pytest|COURSE=solutions pytest) (course/\S+?)[`\s]", text):
        assert (ROOT / target).exists(), target
