"""Public data sets outside the package, found in a local folder."""

import os
import tarfile
from pathlib import Path

from subband.errors import DataError

VARIABLE = "SUBBAND_DATA"


def pack(name: str) -> Path:
    """Path of a data file in the folder SUBBAND_DATA.

    Default folders are ../shared/data relative to the checkout and to the working directory.

    Raises:
        DataError: no such file.
    """
    if variable := os.environ.get(VARIABLE):
        folders = [Path(variable)]
    else:
        checkout = Path(__file__).resolve().parents[3]
        folders = [root.parent / "shared" / "data" for root in (checkout, Path.cwd())]
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    searched = " and ".join(dict.fromkeys(map(str, folders)))
    raise DataError(f"no {name} in {searched}: set {VARIABLE} to the folder of the file")


def unpack(name: str, folder: Path) -> Path:
    """Unpack the tar file `name` into `folder`, with the filter "data"; returns `folder`.

    Raises:
        DataError: the file is missing or damaged, or has members that the filter refuses (outside the folder,
            devices).
    """
    file = pack(name)
    try:
        with tarfile.open(file) as archive:
            archive.extractall(folder, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise DataError(f"can't unpack {file}: {error}") from error
    return folder
