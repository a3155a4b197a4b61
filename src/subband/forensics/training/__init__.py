"""Training of detectors, and the pictures for it.

fit          a network of a study on crops, with its validation curve
treated      a detector to be kept, on pictures that are treated at random
material     pictures with their origin, in folds that share nothing
aligned      photographs and their reconstructions by an autoencoder
labelled     crops of several sources with class-balancing weights
rates        time budgets → training steps
"""
