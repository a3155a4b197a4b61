"""Missing weights are an error whatever logs its user wants to see, and their logs stay as they were."""

import logging

import pytest

from subband.errors import CheckpointError
from subband.nn.whole import load_whole, messages_of

transformers = pytest.importorskip("transformers", reason="the extra `hub` is not installed")
tiny = pytest.importorskip("tiny_pipelines", reason="the extra `hub` is not installed").classifier
LOGGER = "transformers.models.of_a_test"


@pytest.fixture(params=["debug", "warning", "error", "disabled"])
def verbosity(request):
    """What the user of a library asked its logs to be."""
    library = logging.getLogger("transformers")
    before = library.level
    if request.param == "disabled":
        logging.disable(logging.CRITICAL)
    else:
        library.setLevel(request.param.upper())
    yield request.param
    logging.disable(logging.NOTSET)
    library.setLevel(before)


def damaged(folder):
    """The folder of a classifier whose file lacks its first layer."""
    from safetensors.torch import load_file, save_file

    file = tiny(folder) / "model.safetensors"
    weights = load_file(file)
    save_file({k: v for k, v in weights.items() if "layernorm" not in k}, file, {"format": "pt"})
    return folder


def test_missing_weights_are_an_error(tmp_path, verbosity, capfd):
    bars = transformers.utils.logging.is_progress_bar_enabled()
    kind = transformers.AutoModelForImageClassification
    whole, lacking = tiny(tmp_path / "whole"), damaged(tmp_path / "damaged")
    capfd.readouterr()
    assert load_whole(kind, whole).config.num_labels == 2
    with pytest.raises(CheckpointError, match=r"weights are missing from its files: .*layernorm.* …$"):
        load_whole(kind, lacking)
    with pytest.raises(CheckpointError, match="can't load nowhere"):
        load_whole(kind, "nowhere")
    assert capfd.readouterr() == ("", "")
    assert transformers.utils.logging.is_progress_bar_enabled() == bars


def test_messages_are_caught_whatever_is_shown(verbosity):
    library = logging.getLogger("transformers")
    heard: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())
    library.addHandler(handler)
    before = library.level, library.propagate, list(library.handlers), logging.root.manager.disable
    try:
        with messages_of("transformers", shown=False) as hidden:
            logging.getLogger(LOGGER).warning("first\n  line")
        assert heard == []
        with messages_of("transformers") as shown:
            logging.getLogger(LOGGER).info("unimportant")
            logging.getLogger(LOGGER).warning("%d and", 2)
        assert (hidden, shown) == (["first line"], ["2 and"])
        assert heard == (["2 and"] if verbosity in ("debug", "warning") else [])
        assert before == (
            library.level, library.propagate, list(library.handlers), logging.root.manager.disable
        )  # fmt: skip
    finally:
        library.removeHandler(handler)
