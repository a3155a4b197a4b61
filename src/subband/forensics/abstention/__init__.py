"""Knowing when not to answer.

thresholds   frozen at stated rates of false alarms and misses
conformal    the statistics behind them: thresholds with a guarantee for finite samples
reference    how usual a picture is, compared with those of the calibration
coordinates  the whitened features in which pictures are compared
guards       pictures of which no detector can say anything
odd          pictures that are neither photographs nor generated, to choose the measure with
"""
