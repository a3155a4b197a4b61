"""Comparing detectors on equal terms: same crops, same budget, several seeds, controls.

run          the study
results      what it found, as data
"""
