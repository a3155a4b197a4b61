"""Detectors that are kept: from a picture of any size to an opinion.

detector     a trained network with all that an opinion needs; saved and loaded
hub          a classifier of transformers under the same rules
ruling       logits and features → opinion, firm or not
copies       the picture as its other copies would be, for which a firm answer must stand
head         generators that were taught later
"""
