"""Train the packaged detector and measure it: reconstructions, audit, five folds, the final training, the card.

Everything is kept in --work, and a run that was stopped goes on from there. The parts of several folds can be
run by several processes: `--only fold0` … `--only fold4`, then the whole.
"""

import argparse
import hashlib
import sys
from pathlib import Path

from subband.data.packs import pack
from subband.errors import DataError, SubbandError
from subband.experiments.packaged_detector.card import Making, card_text
from subband.experiments.packaged_detector.folds import (
    Scores,
    joined,
    read_scores,
    score,
    trained,
    write_scores,
)
from subband.experiments.packaged_detector.package import checks, packaged, tempered
from subband.experiments.packaged_detector.pictures import audited, gather, reconstructed
from subband.experiments.packaged_detector.verdicts import figures
from subband.forensics.material import FAMILIES, Item, read_photographs, sources_of
from subband.forensics.packaged import FOLDER
from subband.forensics.treated import TreatedRecipe
from subband.runs.files import write_bytes
from subband.runs.progress import Lines, Watcher

FINAL = 1.6
"""Steps of the final training, in those of a fold: it has a fourth more pictures, and is trained once."""


def main(words: list[str] | None = None) -> int:
    """Run the parts that are asked for; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m subband.experiments.packaged_detector", description=__doc__
    )
    parser.add_argument(
        "--work", type=Path, default=Path("runs/packaged-detector"), help="folder of all that is kept"
    )
    parser.add_argument(
        "--out", type=Path, default=None, help="folder of the detector; that of the package by default"
    )
    parser.add_argument("--steps", type=int, default=300, help="training steps of a fold")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="fold0 … fold4 or final: that training alone")
    options = parser.parse_args(words)
    watcher = Lines(sys.stderr)
    try:
        return _run(options, watcher)
    except SubbandError as error:
        print(f"packaged_detector: {error}", file=sys.stderr)
        return 2


def _run(options: argparse.Namespace, watcher: Watcher) -> int:
    work: Path = options.work
    recipe = TreatedRecipe(steps=options.steps)
    with watcher.stage("pictures"):
        pictures = gather()
        items = pictures.items
    cache = work / "reconstructions"
    whole = reconstructed(items, cache, watcher, make=not options.only)
    parts = []
    for fold in range(len(FAMILIES)):
        if options.only in ("", f"fold{fold}"):
            parts.append(_fold(fold, items, whole, recipe, options.seed, work, watcher))
    if options.only.startswith("fold"):
        return 0
    final = TreatedRecipe(steps=round(FINAL * recipe.steps))
    train, held_out = ([item for item in whole if is_held_out(item) == held] for held in (False, True))
    with watcher.stage("final training") as advance:
        detector = trained(
            train,
            final,
            work / "final",
            seed=options.seed,
            progress=lambda done, steps, loss, left: advance(done, steps, _line(done, loss, left)),
        )
    if options.only:
        return 0
    with watcher.stage("audit"):
        audit = audited(items, options.seed)
    making = Making(
        _number_by_source(items, generated=False),
        _number_by_source(items, generated=True),
        sum(item.reconstruction is not None for item in whole),
        pictures.copies,
        audit,
        final,
        recipe.steps,
        options.seed,
        f"python -m subband.experiments.packaged_detector --steps {options.steps} --seed {options.seed}",
    )
    with watcher.stage("thresholds and card"):
        scores = tempered(joined(parts))
        found = [figures(scores, view) for view in ("q75", "delivered")]
        kept, thresholds = packaged(
            detector,
            [item for item in train if item.reconstruction is None],
            [item for item in held_out if item.reconstruction is None],
            scores,
            found[0],
        )
        out = options.out or FOLDER
        kept.save(out)
        checked = checks(kept, [item for item in held_out if item.reconstruction is None], kodak())
        text = card_text(kept, making, found, thresholds, checked)
        write_bytes(out / "card.md", text.encode())
    print(text)
    return 0


def is_held_out(item: Item) -> bool:
    """Whether the final training leaves a picture out, with its group: one in seven."""
    return _hashed(f"held out {item.group}") % 7 == 0


def _hashed(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


def _number_by_source(items: list[Item], *, generated: bool) -> dict[str, int]:
    names = sources_of(items, generated=generated)
    return {
        name: sum(item.source == name and item.generated == generated for item in items) for name in names
    }


def kodak() -> list[Item]:
    """The Kodak photographs: a source that no training sees."""
    return read_photographs(pack("kodak.tar"), "kodak", least=256, encoded=False)


def _fold(
    fold: int,
    items: list[Item],
    whole: list[Item],
    recipe: TreatedRecipe,
    seed: int,
    work: Path,
    watcher: Watcher,
) -> Scores:
    file = work / f"fold{fold}.npz"
    if file.is_file():
        return read_scores(file)
    train = [item for item in whole if item.fold != fold]
    test = [item for item in items if item.fold == fold]
    if not train or not test:
        raise DataError(f"fold {fold} has {len(test)} pictures, the others {len(train)}: both need some")
    with watcher.stage(f"fold {fold}: training") as advance:
        detector = trained(
            train,
            recipe,
            work / f"fold{fold}",
            seed=seed,
            progress=lambda done, steps, loss, left: advance(done, steps, _line(done, loss, left)),
        )
    with watcher.stage(f"fold {fold}: scores") as advance:
        scores = score(detector, test, advance)
    write_scores(file, scores)
    return scores


def _line(done: int, loss: float, left: float) -> str:
    return "" if done % 25 else f"step {done}, loss {loss:.3f}, {left:.0f} s left"


if __name__ == "__main__":
    sys.exit(main())
