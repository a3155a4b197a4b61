"""Packs of public data that lie beside the project and are never shipped with it."""

import os
import tarfile
from pathlib import Path

from subband.errors import DataError

VARIABLE = "SUBBAND_DATA"


def pack(name: str) -> Path:
    """Find a pack in the folder that SUBBAND_DATA names, else in ../shared/data beside the checkout.

    Beside the work folder counts too.

    Raises:
        DataError: it is in none of them.
    """
    if given := os.environ.get(VARIABLE):
        places = [Path(given)]
    else:
        checkout = Path(__file__).resolve().parents[3]
        places = [root.parent / "shared" / "data" for root in (checkout, Path.cwd())]
    for place in places:
        if (place / name).is_file():
            return place / name
    looked = " and ".join(dict.fromkeys(map(str, places)))
    raise DataError(f"no {name} in {looked}: set {VARIABLE} to the folder that holds it")


def unpack(name: str, folder: Path) -> Path:
    """Unpack the tar file `name` into `folder` and return it.

    Members that would land elsewhere, links to elsewhere and devices are refused.

    Raises:
        DataError: the pack is missing, damaged, or not to be trusted.
    """
    file = pack(name)
    try:
        with tarfile.open(file) as archive:
            archive.extractall(folder, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise DataError(f"can't unpack {file}: {error}") from error
    return folder
