"""Images in: from files, folders and data sets to equal crops, divided by scene.

images     one file → upright 8-bit RGB, with the facts of the file
sources    "packaged", a folder, "hf:NAME" → pictures, one at a time
chain      crop → resize → encode → decode, the one path for every class
imageset   gather, from_arrays, split: sets of equal crops that remember their photograph
examples   a source as arrays to learn from, with classes
formats    what files tell without their pictures, as numbers for the format-only control
"""

from subband.data.chain import Chain, Crop
from subband.data.examples import Examples, read_examples
from subband.data.formats import FORMAT_FEATURES, format_features
from subband.data.images import FileFacts, Picture, Skipped, decode
from subband.data.imageset import ImageSet, Split, concatenate, count_shared, from_arrays, gather, split
from subband.data.sources import read

__all__ = [
    "FORMAT_FEATURES",
    "Chain",
    "Crop",
    "Examples",
    "FileFacts",
    "ImageSet",
    "Picture",
    "Skipped",
    "Split",
    "concatenate",
    "count_shared",
    "decode",
    "format_features",
    "from_arrays",
    "gather",
    "read",
    "read_examples",
    "split",
]
