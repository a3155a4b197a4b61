"""One file for each claim; its name is the word after `subband reproduce`."""
