"""Train the packaged detector and measure it: reconstructions, audit, five folds, the final training, the card.

Everything is kept in --work, and a run that was stopped goes on from there. The folds of networks can be trained by
several processes: `--kind network --only fold0` … `--only fold4`, then the whole.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from subband.data.packs import pack
from subband.errors import DataError, SubbandError
from subband.experiments.packaged_detector.card import Making, card_text
from subband.experiments.packaged_detector.discriminant import (
    discriminant_detector,
    measured_statistics,
    statistics_of,
)
from subband.experiments.packaged_detector.folds import (
    VIEWS,
    Scores,
    joined,
    judged,
    read_scores,
    score,
    trained,
    view_of,
    write_scores,
)
from subband.experiments.packaged_detector.package import checks, packaged, tempered
from subband.experiments.packaged_detector.pictures import audited, gather, reconstructed
from subband.experiments.packaged_detector.verdicts import figures, says_real
from subband.forensics.detectors.detector import Detector
from subband.forensics.networks.measured import Measured, measured_pictures
from subband.forensics.packaged import FOLDER
from subband.forensics.training.material import FAMILIES, REAL, Item, read_photographs, sources_of
from subband.forensics.training.treated import TreatedBatches, TreatedRecipe
from subband.runs.files import write_bytes
from subband.runs.progress import Lines, Watcher

FINAL = 1.6
"""Steps of the final training of a network, in those of a fold: it has a fourth more pictures."""

USUAL = 4_000
"""Treated crops from which a network learns what is usual."""


def main(words: list[str] | None = None) -> int:
    """Run the parts that are asked for; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m subband.experiments.packaged_detector", description=__doc__
    )
    parser.add_argument("--kind", choices=["statistics", "network"], default="statistics")
    parser.add_argument("--work", type=Path, default=Path("runs/packaged-detector"), help="what is kept")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the detector")
    parser.add_argument("--steps", type=int, default=300, help="training steps of a fold of a network")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="fold0 … fold4 or final: that training of a network alone")
    options = parser.parse_args(words)
    try:
        return _run(options, Lines(sys.stderr))
    except SubbandError as error:
        print(f"packaged_detector: {error}", file=sys.stderr)
        return 2


def _run(options: argparse.Namespace, watcher: Watcher) -> int:
    work: Path = options.work
    with watcher.stage("pictures"):
        pictures = gather()
    whole = reconstructed(pictures.items, work / "reconstructions", watcher, make=not options.only)
    prepare = _statistics if options.kind == "statistics" else _networks
    prepared = prepare(options, pictures.items, whole, watcher)
    if prepared is None:
        return 0
    detector, fitting, parts = prepared
    with watcher.stage("audit"):
        audit = audited(pictures.items, options.seed)
    with watcher.stage("thresholds and card"):
        scores = tempered(joined(parts))
        found = [figures(scores, view, real=says_real(scores)) for view in VIEWS[1::-1]]
        usual = _calibration(options.kind, detector, pictures.items, scores)
        kept, thresholds = packaged(detector, fitting, usual, scores, found[0])
        kept.save(options.out)
        making = Making(
            _number_by_source(pictures.items, generated=False),
            _number_by_source(pictures.items, generated=True),
            sum(item.reconstruction is not None for item in whole),
            pictures.copies,
            audit,
            options.seed,
            f"python -m subband.experiments.packaged_detector --kind {options.kind} --seed {options.seed}"
            + (f" --steps {options.steps}" if options.kind == "network" else ""),
        )
        text = card_text(kept, making, found, thresholds, checks(kept, kodak()))
        write_bytes(options.out / "card.md", text.encode())
    print(text)
    return 0


Prepared = tuple[Detector, Measured, list[Scores]]
"""The final detector, crops that show what is usual, and out-of-fold scores."""


def _statistics(
    options: argparse.Namespace, items: list[Item], whole: list[Item], watcher: Watcher
) -> Prepared | None:
    work: Path = options.work
    folds = range(len(FAMILIES))
    with watcher.stage("statistics") as advance:
        found = []
        for fold in folds:
            own = [item for item in whole if item.fold == fold]
            found.append(statistics_of(own, work / f"statistics{fold}.npz", options.seed))
            advance(fold + 1, len(folds), f"fold {fold}")
    parts = []
    for fold in folds:
        detector = discriminant_detector([part for k, part in enumerate(found) if k != fold])
        parts.append(_scores(detector, items, fold, work / f"linear{fold}.npz", watcher))
    final = discriminant_detector(found)
    values, labels = (
        np.concatenate([getattr(part, name) for part in found]) for name in ("values", "labels")
    )
    return final, measured_statistics(final, values, labels.tolist()), parts


def _networks(
    options: argparse.Namespace, items: list[Item], whole: list[Item], watcher: Watcher
) -> Prepared | None:
    work, recipe = options.work, TreatedRecipe(steps=options.steps)

    def train(name: str, some: list[Item], how: TreatedRecipe) -> Detector:
        with watcher.stage(f"{name}: training") as advance:
            return trained(
                some,
                how,
                work / name,
                seed=options.seed,
                progress=lambda done, steps, loss, left: advance(done, steps, _line(done, loss, left)),
            )

    parts = []
    for fold in range(len(FAMILIES)):
        if options.only in ("", f"fold{fold}"):
            file = work / f"fold{fold}.npz"
            if not file.is_file():
                detector = train(f"fold{fold}", [item for item in whole if item.fold != fold], recipe)
                _scores(detector, items, fold, file, watcher)
            parts.append(read_scores(file))
    if options.only.startswith("fold"):
        return None
    final = train("final", whole, TreatedRecipe(steps=round(FINAL * options.steps)))
    if options.only:
        return None
    crops, index = TreatedBatches(whole, final.config.classes, recipe, options.seed + 1)(range(USUAL))
    return final, Measured(*final.measure(crops), np.arange(len(index)), index), parts


def _scores(detector: Detector, items: list[Item], fold: int, file: Path, watcher: Watcher) -> Scores:
    """Scores of the pictures of a fold, kept in `file`."""
    if file.is_file():
        return read_scores(file)
    test = [item for item in items if item.fold == fold]
    if not test:
        raise DataError(f"fold {fold} has no pictures")
    with watcher.stage(f"fold {fold}: scores") as advance:
        scores = score(detector, test, advance)
    write_scores(file, scores)
    return scores


def _calibration(kind: str, detector: Detector, items: list[Item], scores: Scores) -> Measured:
    """Pictures as delivered and after q75. Statistics don't depend on a training, so those of the folds serve.

    A network has seen the pictures in training; they are a little more usual for it than new ones.
    """
    views = ("delivered", "q75")
    if kind == "statistics":
        labels = [name if made else REAL for name, made in zip(scores.sources, scores.generated, strict=True)]
        features = np.concatenate([scores.features[:, VIEWS.index(view)] for view in views])
        return measured_statistics(detector, features, labels * len(views))
    classes = detector.config.classes
    return measured_pictures(
        detector,
        ((view_of(judged(item), view), classes.index(item.label)) for item in items for view in views),
    )


def kodak() -> list[Item]:
    """The Kodak photographs: a source that no training sees."""
    return read_photographs(pack("kodak.tar"), "kodak", least=256, encoded=False)


def _number_by_source(items: list[Item], *, generated: bool) -> dict[str, int]:
    names = sources_of(items, generated=generated)
    return {
        name: sum(item.source == name and item.generated == generated for item in items) for name in names
    }


def _line(done: int, loss: float, left: float) -> str:
    return "" if done % 25 else f"step {done}, loss {loss:.3f}, {left:.0f} s left"


if __name__ == "__main__":
    sys.exit(main())
