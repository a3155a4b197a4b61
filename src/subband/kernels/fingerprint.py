"""What compiled code was made from."""

from hashlib import sha256
from pathlib import Path
from types import ModuleType


def digest(*rooms: ModuleType) -> str:
    """A fingerprint of modules' source code.

    numba's cache on disk knows a function by its file's time stamp, its own code and what it closes over. What a
    function calls from other files has to be among the latter, so it is written inside another one, which is given
    their fingerprint, and names it.
    """
    return sha256(b"".join(Path(str(room.__file__)).read_bytes() for room in rooms)).hexdigest()
