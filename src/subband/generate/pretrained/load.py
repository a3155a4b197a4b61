"""Loading of saved pipelines, with errors for defects that the libraries only log."""

from pathlib import Path
from typing import Any

import torch

from subband.errors import CheckpointError, MissingDependency
from subband.nn.text import check_vocabulary
from subband.nn.whole import messages_of

_INDEX = "model_index.json"


def load_pipeline(name: str, download: bool) -> Any:
    """The saved pipeline, read from safetensors only; arguments and errors as for `Pretrained`."""
    try:
        import transformers  # noqa: F401 - without it, diffusers fails on its own placeholder objects
        from diffusers.pipelines.pipeline_utils import DiffusionPipeline
    except ImportError as error:
        raise MissingDependency(
            "pretrained pipelines need diffusers and transformers: pip install 'subband[hub]'"
        ) from error
    local = Path(name).is_dir()
    if local and not Path(name, _INDEX).is_file():
        raise CheckpointError(f"no pipeline in {name}: a saved DiffusionPipeline has a {_INDEX}")
    try:
        with messages_of("diffusers", "transformers") as messages:
            pipeline = DiffusionPipeline.from_pretrained(
                name,
                local_files_only=not download,
                use_safetensors=True,
                trust_remote_code=False,
                dtype=torch.float32,  # the libraries' defaults differ, and float16 files would load mixed
            )
    except ImportError as error:
        raise MissingDependency(f"the pipeline {name} needs another package: {error}") from error
    except FileNotFoundError as error:
        if local or download:
            raise CheckpointError(_unreadable(name, error)) from error
        raise CheckpointError(
            f"no pipeline {name} on this machine: give a folder with a {_INDEX}, or --download (download=True) "
            "to fetch it from the Hub"
        ) from error
    except Exception as error:  # the type depends on the file and on the network
        raise CheckpointError(_unreadable(name, error)) from error
    for message in messages:
        if "newly initialized" in message:
            raise CheckpointError(
                f"can't load the pipeline {name}: weights are missing from its files; {message[:300]}"
            )
    for ending in ("", "_2", "_3"):
        tokenizer, model = (getattr(pipeline, part + ending, None) for part in ("tokenizer", "text_encoder"))
        if type(tokenizer).__name__.startswith("CLIPTokenizer"):
            check_vocabulary(tokenizer, model, name)
    if getattr(pipeline, "scheduler", None) is None:
        raise CheckpointError(
            f"can't draw by {name}: a {type(pipeline).__name__} has no scheduler of its own"
        )
    return pipeline


def _unreadable(name: str, error: Exception) -> str:
    reason = str(error).strip().splitlines()
    return (
        f"can't load the pipeline {name} (only safetensors are read): {reason[0] if reason else repr(error)}"
    )
