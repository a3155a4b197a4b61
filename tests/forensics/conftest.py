"""Puts this folder on the path of modules: planted sources, detectors with a known answer, damaged files."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
