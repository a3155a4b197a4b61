"""What detectors look at.

images      checked arrays of pixels, and tensors in batches
palette     colours as single numbers, and how many there are
layers      normalised ln-packets, pixels and signed details: the first layers of networks
statistics  numbers whose count does not depend on the size of the image
"""
