"""Changelog, hooks, rules: what the contributing page promises is there."""

import re
import tomllib
from datetime import date
from pathlib import Path

import yaml

import subband

ROOT = Path(__file__).parents[1]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def recipe(target: str) -> list[str]:
    """Commands of a target of the Makefile, with $(BIN) written out."""
    text = (ROOT / "Makefile").read_text("utf-8")
    body = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", text, re.M)
    assert body, target
    return [line.strip().replace("$(BIN)", ".venv/bin") for line in body.group(1).splitlines()]


def test_the_hooks_before_a_commit_are_make_check() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"][0]["hooks"]
    assert [hook["entry"] for hook in hooks] == recipe("check")
    assert all(hook["language"] == "system" and hook["pass_filenames"] is False for hook in hooks)


def test_the_changelog_keeps_its_form() -> None:
    assert CHANGELOG.startswith("# Changelog\n")
    versions = re.findall(r"^## \[(.+?)\](?: - (\S+))?$", CHANGELOG, re.M)
    assert versions[0] == ("Unreleased", "")
    for version, when in versions[1:]:
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert not when or date.fromisoformat(when)
    assert set(re.findall(r"^### (.+)$", CHANGELOG, re.M)) <= KINDS
    for version, _ in versions:
        assert re.search(rf"^\[{re.escape(version)}\]: https://", CHANGELOG, re.M), version


def test_the_version_at_hand_is_in_the_changelog() -> None:
    assert f"## [{subband.__version__}]" in CHANGELOG


def test_make_targets_that_contributing_names_exist() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = {word for block in re.findall(r"```bash\n(.*?)```", page, re.S) for word in block.split()} - {
        "make"
    }
    assert named >= {"test", "check", "docs"}
    for target in named:
        assert recipe(target)


def test_continuous_integration_builds_the_site_within_ten_minutes() -> None:
    pipeline = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "rm -rf build/site docs/generated" in pipeline
    assert "timeout 600 make docs" in pipeline
    assert any("--fail-on-warning" in line for line in recipe("docs"))


def test_our_warnings_are_errors_in_tests() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    filters = settings["tool"]["pytest"]["ini_options"]["filterwarnings"]
    assert filters[:2] == ["error::subband.errors.SubbandWarning", "error:::subband"]
