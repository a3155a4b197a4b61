"""What the settings of families of token models have in common: their checks, and their tokenizer."""

from typing import Any

from subband.errors import InvalidInput
from subband.generate.families.autoencoder import configure as configure_autoencoder
from subband.generate.family import check_config
from subband.generate.tokens.tokenizer import check_discrete, tokenizer_in
from subband.training import check_choices


def check_token_settings(config: Any) -> None:
    """Raise InvalidInput unless the settings that families of token models share are possible."""
    check_choices(config)
    check_config(
        config.size,
        codes=config.codes,
        width=config.width,
        depth=config.depth,
        heads=config.heads,
        batch=config.batch,
        rate=config.rate,
        sampling_steps=config.sampling_steps,
    )
    if config.tokens is None:
        raise InvalidInput("can't model tokens without a tokenizer: configure() gives its settings")
    check_discrete(config.tokens, "these settings")
    if config.width % config.heads or config.width % 4:
        raise InvalidInput(
            f"can't use width={config.width} with heads={config.heads}: it is a multiple of the heads and of 4"
        )
    if not (0 <= config.drop < 1 and 0 <= config.smoothing < 1 and 0 < config.tokenizer_part < 1):
        raise InvalidInput(
            f"can't use drop={config.drop}, smoothing={config.smoothing}, tokenizer_part={config.tokenizer_part}: "
            "the first two are 0 or more, the last above 0, and all below 1"
        )
    if config.temperature < 0:
        raise InvalidInput(f"can't use temperature={config.temperature}: it must be 0 or more")
    if config.drop == 0 and config.classes and config.guidance != 1:
        raise InvalidInput(
            f"can't guide by guidance={config.guidance} with drop=0: take drop=0.1, or guidance=1"
        )


def with_tokenizer(
    size: int, channels: int, classes: tuple[str, ...], chosen: dict[str, Any]
) -> dict[str, Any]:
    """`chosen` with the settings of the tokenizer: of the run in the folder `tokenizer`, or of one to be trained.

    Own tokenizers have latents of a quarter of the image's side, from 64 px on of an eighth. Without dropped
    classes there is no guidance.

    Raises:
        CheckpointError, InvalidInput: as `tokenizer_in`, and for impossible levels.
    """
    check_config(size)
    if classes and chosen.get("drop") == 0:
        chosen = {"guidance": 1.0} | chosen
    if chosen.get("tokenizer"):
        return chosen | tokenizer_in(chosen["tokenizer"], size, channels)
    wanted: dict[str, Any] = {"bottleneck": chosen.get("quantiser", "fsq"), "critic": 0.0}
    if wanted["bottleneck"] == "fsq":
        wanted["levels"] = chosen.get("levels", (8, 5, 5))
    else:
        wanted |= {"codes": chosen.get("codes", 256), "codebook": "ema", "latent": 8}
    wanted["widths"] = (32, 64) if size < 64 else (32, 64, 64)
    return {"tokens": configure_autoencoder(size, channels=channels, **wanted)} | chosen
