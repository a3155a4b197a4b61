"""Classifiers: which there are, how they are built, and what they say.

registry     the kinds of detectors by name, and how each is built for a size, a number of classes and a budget
small        networks of equal, small size, those of the paper among them
residual     deeper ones, for large training sets
predict      logits → probabilities and log-odds
temperature  calibration of probabilities by one scalar
measured     logits and features of the crops of pictures
"""
