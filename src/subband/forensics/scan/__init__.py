"""Scan folders, archives, object stores and data sets into a table, on one machine or a cluster."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.forensics.scan.run_scan import ScanSettings, Summary, scan

__all__ = ["ScanSettings", "Summary", "scan"]

__getattr__, __dir__ = names_of(__name__, {"run_scan": "ScanSettings Summary scan"})
