"""Command line: `subband lab`, `detect`, `scan`, `reproduce`, `train`, `sample`, `evaluate`, `predict`, `fly`."""

from subband.cli.app import app, main

__all__ = ["app", "main"]
