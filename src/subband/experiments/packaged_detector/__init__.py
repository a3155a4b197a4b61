"""How the detector in the package was made: `python -m subband.experiments.packaged_detector`, or `make detector`.

material   pictures, their reconstructions, the audit before training
folds      out-of-fold scores: each picture judged by a detector that has seen neither its generator nor its camera
verdicts   thresholds, coverage, errors by source and generator, flips
card       the detector's card
"""
