"""Pictures of known brightness on disk."""

import pytest
from brightness import write


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """real/dark (40, mean 60), real/snow (10, mean 200: false alarms), generated/lamp and generated/night."""
    root = tmp_path_factory.mktemp("pictures")
    write(root / "real" / "dark", [60] * 40)
    write(root / "real" / "snow", [200] * 10)
    write(root / "generated" / "lamp", [220] * 30)
    write(root / "generated" / "night", [40] * 20)
    (root / "generated" / "night" / "broken.png").write_bytes(b"no image")
    return root
