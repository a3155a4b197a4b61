"""How much memory there is for large arrays."""

MEMINFO = "/proc/meminfo"


def available() -> int | None:
    """Bytes of memory that can be had without swapping, or None where the system does not say."""
    try:
        with open(MEMINFO) as file:
            lines = file.readlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return 1024 * int(line.split()[1])
    return None
