"""BOLD5000 (Chang et al. 2019), release 2: responses by region, and pictures by session and run."""

from collections import defaultdict
from pathlib import Path

import numpy as np
from PIL import Image

from subband.data.brain.recording import BrainRecording, standardised, without_missing
from subband.errors import DataError
from subband.runs.names import printable

REGIONS = ("EarlyVis", "LOC", "OPA", "PPA", "RSC")
BETAS = Path("BOLD5000_GLMsingle_ROI_betas", "py")
STIMULI = Path("BOLD5000_Stimuli")
REPEATED = "rep_"  # prefix of a picture's name where it is shown again


def read_bold5000(
    folder: str | Path,
    subject: str,
    *,
    size: int = 256,
    regions: tuple[str, ...] = REGIONS,
    missing: str = "error",
) -> BrainRecording:
    """Read a subject of BOLD5000: pictures shown once to train on, means over those shown often to test on.

    The layout is that of the published archives:

        BOLD5000_GLMsingle_ROI_betas/py/CSI1_GLMbetas-…_LHEarlyVis.npy …
            (trials, voxels), for each hemisphere and region
        BOLD5000_Stimuli/Stimuli_Presentation_Lists/CSI1/CSI1_sess01/CSI_sess01_run01.txt …
            a picture's name a line
        BOLD5000_Stimuli/Scene_Stimuli/Presented_Stimuli/COCO | ImageNet | Scene/NAME

    Args:
        folder: of both.
        subject: "CSI1" … "CSI4".
        size: pictures are cropped to their middle square and scaled to this side.
        regions: to take, in this order, left hemisphere first.
        missing: "error" or "drop", for voxels with NaN.

    Raises:
        DataError: files are missing or damaged, numbers of trials differ, no picture was repeated, or NaN voxels.

    Example:
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from PIL import Image
        >>> from subband.data.brain import read_bold5000
        >>> betas, stimuli = Path("BOLD5000_GLMsingle_ROI_betas/py"), Path("BOLD5000_Stimuli")
        >>> run = stimuli / "Stimuli_Presentation_Lists/CSI1/CSI1_sess01/CSI_sess01_run01.txt"
        >>> pictures = stimuli / "Scene_Stimuli/Presented_Stimuli/Scene"
        >>> for folder in (betas, run.parent, pictures):
        ...     folder.mkdir(parents=True)
        >>> for name in ("a.jpg", "b.jpg", "c.jpg"):
        ...     Image.new("RGB", (30, 20)).save(pictures / name)
        >>> _ = run.write_text("a.jpg\\nb.jpg\\nc.jpg\\nrep_a.jpg\\n")
        >>> np.save(betas / "CSI1_GLMbetas_LHPPA.npy", np.random.default_rng(0).normal(size=(4, 5)))
        >>> recording = read_bold5000(".", "CSI1", size=8, regions=("PPA",))
        >>> recording.voxels.shape, recording.test_voxels.shape  # b and c were seen once, a was repeated
        ((2, 5), (1, 5))
    """
    folder = Path(folder)
    names = _shown(folder / STIMULI / "Stimuli_Presentation_Lists" / subject)
    voxels = _betas(folder / BETAS, subject, regions)
    if len(names) != len(voxels):
        raise DataError(
            f"{subject} has {len(voxels)} responses for {len(names)} pictures shown: files are missing"
        )
    trials: dict[str, list[int]] = defaultdict(list)
    for k, name in enumerate(names):
        trials[name].append(k)
    once = [name for name, at in trials.items() if len(at) == 1]
    often = [name for name, at in trials.items() if len(at) > 1]
    if not once or not often:
        raise DataError(
            f"{subject} saw {len(once)} pictures once and {len(often)} repeatedly: both are needed, to "
            "train and test"
        )
    train = voxels[[trials[name][0] for name in once]]
    test = np.stack([voxels[trials[name]].mean(axis=0) for name in often])
    train, test = standardised(*without_missing(train, test, missing, subject))
    files = _files(folder / STIMULI / "Scene_Stimuli" / "Presented_Stimuli")
    images = [np.stack([_picture(files, name, size) for name in part]) for part in (once, often)]
    return BrainRecording(subject, train, images[0], test, images[1])


def _betas(folder: Path, subject: str, regions: tuple[str, ...]) -> np.ndarray:
    """Responses of all regions, (trials, voxels) float64."""
    parts = []
    for region in regions:
        found = sorted(folder.glob(f"{subject}_*{region}.npy")) if folder.is_dir() else []
        if not found:
            raise DataError(
                f"no responses of {subject}, {region} in {printable(folder)}: see "
                "subband.data.brain.read_bold5000 for the layout"
            )
        for path in found:
            try:
                part = np.load(path, allow_pickle=False)
            except (OSError, ValueError) as error:
                raise DataError(f"can't read {printable(path)}: {error}") from error
            if part.ndim != 2 or (parts and len(part) != len(parts[0])):
                raise DataError(
                    f"{printable(path)} has shape {part.shape}: give (trials, voxels), as many as the others"
                )
            parts.append(part.astype(np.float64))
    return np.concatenate(parts, axis=1)


def _shown(folder: Path) -> list[str]:
    """Names of the pictures in the order of the trials."""
    runs = sorted(folder.glob("*/*.txt"))
    if not runs:
        raise DataError(f"no lists of pictures in {printable(folder)}: expected SESSION/RUN.txt")
    lines = [line.strip() for run in runs for line in run.read_text("utf-8").splitlines()]
    return [line.removeprefix(REPEATED) for line in lines if line]


def _files(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in folder.glob("*/*") if path.is_file()}


def _picture(files: dict[str, Path], name: str, size: int) -> np.ndarray:
    """The middle square, (size, size, 3) uint8."""
    if name not in files:
        raise DataError(f"no picture {name!r} in Scene_Stimuli/Presented_Stimuli/*/")
    try:
        with Image.open(files[name]) as image:
            rgb = image.convert("RGB")
            side = min(rgb.size)
            left, top = (rgb.width - side) / 2, (rgb.height - side) / 2
            box = (left, top, left + side, top + side)
            return np.asarray(rgb.resize((size, size), Image.Resampling.BICUBIC, box))
    except OSError as error:
        raise DataError(f"can't read the picture {name!r}: {error}") from error
