"""One module per claim, named after the argument of `subband reproduce`."""
