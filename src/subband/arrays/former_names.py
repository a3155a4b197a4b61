"""Names of the package in version 0.1."""

FORMER = {
    "DualTree": "DualTreeCoefficients",
    "Lifted": "LiftingCoefficients",
    "Packets": "PacketCoefficients",
    "Spectrogram": "StftCoefficients",
    "Stationary": "StationaryCoefficients",
    "Synchrosqueezed": "SynchrosqueezedCoefficients",
    "direction": "band_direction",
    "firm": "threshold_firm",
    "lattice": "lattice_filters",
    "register": "register_images",
    "ridge": "extract_ridge",
}
"""Deprecated names of version 0.1, removed in the next release → current name."""
