"""Drop-in replacements for the interfaces of other libraries, implemented with Subband's transforms."""
