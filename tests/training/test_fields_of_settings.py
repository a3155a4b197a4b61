"""Settings dataclasses: what their docstring says is what people are told, and nothing is left unexplained."""

from dataclasses import MISSING, dataclass
from typing import Literal

import pytest

from subband.errors import InvalidInput
from subband.training import check_choices, fitted, from_data, sampling, settings_of


@dataclass(frozen=True)
class Words:
    """Settings of a toy.

    Attributes:
        size: height and width,
            in pixels.
        depth, width: of the network.
        mode: how to go on; one of two ways
        steps: of the sampler.

    More words: these explain nothing.
    """

    size: int = from_data()
    depth: int = 3
    width: tuple[int, ...] = fitted((1, 2))
    mode: Literal["fast", "slow"] = "fast"
    steps: int = sampling(8)

    def __post_init__(self):
        check_choices(self)


def test_fields_and_their_words():
    found = {setting.name: setting for setting in settings_of(Words)}
    assert list(found) == ["size", "depth", "width", "mode", "steps"]
    assert {name: setting.role for name, setting in found.items()} == {
        "size": "data",
        "depth": "plain",
        "width": "fitted",
        "mode": "plain",
        "steps": "sampling",
    }
    assert found["size"].help == "height and width, in pixels"
    assert found["depth"].help == found["width"].help == "of the network"
    assert found["mode"].help == "how to go on; one of two ways"
    assert (found["size"].default, found["width"].default) == (MISSING, (1, 2))
    assert found["width"].type == tuple[int, ...]


def test_a_field_without_words_is_refused():
    @dataclass
    class Silent:
        """Nothing."""

        size: int = 1

    with pytest.raises(InvalidInput, match="Silent does not explain size"):
        settings_of(Silent)


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("size: height and\n    width of images", "width of images"),
        ("size: height and\n    width: of images", "'width'"),
        ("size: height and\nwidth of images", "width of images"),
        ("size: of images\n    depth: of nothing", "'depth'"),
    ],
)
def test_a_line_that_is_wrapped_wrongly_is_refused(text, odd):
    """Else its words would be lost, or taken for a field."""

    @dataclass
    class Wrapped:
        size: int = 1

    Wrapped.__doc__ = f"Settings.\n\nAttributes:\n    {text}\n"
    with pytest.raises(InvalidInput, match=odd):
        settings_of(Wrapped)


def test_choices_are_checked():
    with pytest.raises(InvalidInput, match="mode='other': choose one of fast, slow"):
        Words(8, mode="other")


def test_what_a_base_class_explains_need_not_be_said_again() -> None:
    @dataclass(frozen=True)
    class Base:
        """Settings.

        Attributes:
            size: of the images.
            rate: of learning.
        """

        size: int = 8
        rate: float = 0.1

    @dataclass(frozen=True)
    class Derived(Base):
        """Settings of a kind.

        Attributes:
            rate: of learning, for a while.
            depth: of the net.
        """

        depth: int = 2

    assert [(s.name, s.help) for s in settings_of(Derived)] == [
        ("size", "of the images"),
        ("rate", "of learning, for a while"),
        ("depth", "of the net"),
    ]
