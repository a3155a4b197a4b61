"""The generator and the training task that models of tokens share; their corruption sets them apart."""

from typing import Any

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn import functional as F

from subband.errors import InvalidInput
from subband.generate.families.autoencoder import Reconstruction
from subband.generate.family import Condition, ImageNetwork
from subband.generate.tokens.corruption import Corruption
from subband.generate.tokens.samplers import Places, Predict
from subband.generate.tokens.settings import TokenSettings
from subband.generate.tokens.tokenizer import Tokenizer
from subband.generate.tokens.use import CodeUse, code_use
from subband.generate.tokens.windows import next_window
from subband.nn import Conditioner, TokenTransformer
from subband.training import Moment, Trainable, fast_precision

Ids = Int64[Tensor, "n rows columns"]


class TokenDenoiser(nn.Module):
    """A transformer that is told the share of corrupted tokens and the class."""

    def __init__(self, config: TokenSettings, corruption: Corruption, grid: tuple[int, int]):
        super().__init__()
        self.net = TokenTransformer(
            corruption.codes,
            corruption.inputs,
            grid,
            width=config.width,
            depth=config.depth,
            heads=config.heads,
        )
        number = len(config.classes)
        self.conditioner = (
            Conditioner(self.net.embedding, classes=number, drop=config.drop) if number else None
        )

    def forward(
        self, ids: Ids, t: Tensor, condition: Condition | None = None, keep: Tensor | None = None
    ) -> Float[Tensor, "n rows columns codes"]:
        """Logits of the tokens before the corruption; no condition means any class."""
        told = {} if self.conditioner is None else self.conditioner(condition, keep, ids[:, None])
        return self.net(ids, t, told.get("embedding"))

    def guided(self, condition: Condition, guidance: float) -> Predict:
        """The prediction for a condition, with classifier-free guidance u + w (c - u) of the logits."""
        if self.conditioner is None:
            return self
        if guidance == 1:
            return lambda ids, t: self(ids, t, condition)

        def predict(ids: Ids, t: Tensor) -> Tensor:
            keep = torch.arange(2 * len(ids)) < len(ids)
            both = {name: torch.cat([rows, rows]) for name, rows in condition.items()}
            told, untold = self(torch.cat([ids, ids]), torch.cat([t, t]), both, keep).float().chunk(2)
            return untold + guidance * (told - untold)

        return predict


class TokenModel(ImageNetwork):
    """A frozen tokenizer, a corruption of tokens, and a denoiser of them."""

    def __init__(self, config: TokenSettings):
        super().__init__()
        assert config.tokens is not None, "configure() gives the settings of a tokenizer"
        self.config = config
        self.tokenizer = Tokenizer(config.tokens, config.size)
        self.corruption = config.make_corruption(self.tokenizer.codes)
        self.denoiser = TokenDenoiser(config, self.corruption, self.tokenizer.grid)

    def check_loaded(self) -> None:
        """Raise CheckpointError if the tokenizer is not the one that the model was trained with."""
        self.tokenizer.check(self.config.digest)

    def reconstruct(self, images: Tensor) -> Tensor:
        """Images in [-1, 1] as their tokens show them, the same shape."""
        return self.tokenizer.decode(self.tokenizer.encode(images))

    def code_use(self, images: Tensor) -> CodeUse:
        """How the tokens of images in [-1, 1] use the codebook."""
        return code_use(self.tokenizer.encode(images), self.tokenizer.codes)

    def draw(self, count: int, random: torch.Generator, condition: Condition, config: Any) -> Tensor:
        """Images of sampled tokens, (count, channels, size, size)."""
        device = next(self.parameters()).device
        ids = torch.zeros(count, *self.tokenizer.grid, dtype=torch.long, device=device)
        everywhere = torch.ones_like(ids, dtype=torch.bool)
        return self.tokenizer.decode(self._sampled(ids, everywhere, random, condition, config, 1.0))

    def redraw(
        self,
        images: Tensor,
        places: Bool[Tensor, "rows columns"],
        random: torch.Generator,
        condition: Condition,
        config: Any,
        *,
        strength: float = 1.0,
    ) -> Tensor:
        """Images in [-1, 1] with the tokens at some places drawn again, the others kept.

        Grids larger than the model's own are drawn window by window.

        Args:
            images: (N, channels, height, width), sides multiples of the tokenizer's factor.
            places: tokens to draw again, in all images.
            random, condition, config: as for `draw`.
            strength: share of these tokens that is drawn again without regard to what they were.

        Raises:
            InvalidInput: if the places are not of the images' grid, or that is smaller than the model's.
        """
        ids = self.tokenizer.encode(images.to(next(self.parameters()).device))
        if places.shape != ids.shape[1:]:
            raise InvalidInput(
                f"can't draw tokens at places of shape {tuple(places.shape)}: these images have tokens of shape "
                f"{tuple(ids.shape[1:])}"
            )
        left = places.clone()
        while (corner := next_window(left, self.tokenizer.grid)) is not None:
            window = tuple(slice(at, at + side) for at, side in zip(corner, self.tokenizer.grid, strict=True))
            unknown = left[window].expand(len(ids), -1, -1).to(ids.device)
            ids[:, *window] = self._sampled(ids[:, *window], unknown, random, condition, config, strength)
            left[window] = False
        return self.tokenizer.decode(ids)

    def _sampled(
        self,
        ids: Ids,
        unknown: Places,
        random: torch.Generator,
        condition: Condition,
        config: Any,
        strength: float,
    ) -> Ids:
        told = {name: rows.to(ids.device) for name, rows in condition.items()}
        with fast_precision().context(ids.device):
            predict = self.denoiser.guided(told, config.guidance)
            return config.sample(predict, ids, unknown, self.corruption, random, strength)


class TokenTask(Trainable):
    """Training task: cross-entropy of the tokens before their corruption; before that, of its own tokenizer.

    Within the first `tokenizer_part` of the training a tokenizer of its own learns to reconstruct, and the model
    waits; what is used afterwards is the tokenizer's average over that time. Then it is frozen, and the model
    learns.

    Source: Chang et al. 2022, section 3.2, with label smoothing; Rampas et al. 2022, section 3.1.
    """

    def __init__(self, network: TokenModel, config: TokenSettings, images: Tensor):
        super().__init__()
        self.network = network
        self.config = config
        self.idle = nn.ParameterDict({name: nn.Parameter(torch.zeros(1)) for name in ("main", "tokenizer")})
        self.register_buffer("followed", torch.tensor(-1))
        self.lessons = None
        if config.tokenizer:
            network.tokenizer.fill(config.tokenizer, config.digest)
            return
        assert config.tokens is not None
        learner = network.tokenizer.learner()
        self.lessons = Reconstruction(learner, config.tokens, images)
        network.tokenizer.follow(learner, 0)

    followed: Tensor

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        betas, main = (0.9, 0.96), [*self.network.denoiser.parameters(), self.idle["main"]]
        rate = self.config.rate
        phases: dict[str, torch.optim.Optimizer] = {
            "main": torch.optim.AdamW(main, rate, betas=betas, weight_decay=0.045, fused=True),
        }
        if self.lessons is not None:
            learnt = [*self.lessons.network.parameters(), self.idle["tokenizer"]]
            phases["tokenizer"] = torch.optim.AdamW(learnt, 2e-3, betas=(0.9, 0.99), fused=True)
        return phases

    def step(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        """batch["image"] (N, channels, size, size) in [-1, 1]; batch["label"] (N,) where there are classes."""
        early = self.lessons is not None and k.progress < self.config.tokenizer_part
        if early == (k.phase == "main"):
            return {
                "loss": (0 * self.idle[k.phase]).sum()
            }  # all other weights are without gradients, and stay
        return self._learn_tokens(batch, k) if early else self._learn_images(batch, k)

    def _learn_tokens(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        assert self.lessons is not None
        if int(self.followed) != k.step:  # once for all parts of a batch
            self.network.tokenizer.follow(self.lessons.network, k.step)
            self.followed.fill_(k.step)
        return self.lessons.step(batch, Moment(k.step, k.steps, "main", k.random))

    def _learn_images(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        network, denoiser = self.network, self.network.denoiser
        ids = network.tokenizer.encode(batch["image"])
        t = network.corruption.draw_shares(len(ids), k.random)
        noisy, scored = network.corruption.corrupt(ids, t, k.random)
        condition, keep = None, None
        if denoiser.conditioner is not None:
            condition = {"label": batch["label"]}
            keep = denoiser.conditioner.drawn_keep(len(ids), k.random).to(ids.device)
        logits = denoiser(noisy, t.to(ids.device), condition, keep).float()
        errors = F.cross_entropy(
            logits.flatten(0, 2), ids.flatten(), reduction="none", label_smoothing=self.config.smoothing
        )
        weight = scored.flatten().float()
        right = (logits.argmax(dim=-1) == ids) & scored
        use = code_use(ids, network.tokenizer.codes)
        return {
            "loss": (errors * weight).sum() / weight.sum(),
            "right": right.sum() / scored.sum(),
            "codes used": torch.tensor(use.used),
            "perplexity": torch.tensor(use.perplexity),
        }
