"""Other libraries' names on Subband's transforms, so that moving is one import line."""
