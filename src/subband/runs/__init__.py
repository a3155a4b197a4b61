"""Support for long runs: progress, machine description, atomic file writes, printable text and JSON."""
