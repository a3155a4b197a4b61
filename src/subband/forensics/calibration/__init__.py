"""Changing a detector after its training, without training it again.

freeze       thresholds on pictures that it has not seen
shift        one number, for a new domain
teach        one more generator, from a few hundred pictures
"""
