"""Images in: from files, folders and data sets to equal crops, divided by scene.

decode     one file → upright 8-bit RGB, with the facts of the file
sources    "packaged", a folder, a tar or zip file, "hf:NAME" → a list of entries; pictures, one at a time
classes    which class a picture is of: sub-folders, labels.csv, dataset.json
arrays     images and labels of an .npz file
chain      crop → resize → encode → decode, the one path for every class
imageset   gather, from_arrays, split: sets of equal crops that remember their photograph
examples   a source as arrays to learn from, with classes
"""

from subband.data.chain import Chain, Crop
from subband.data.decode import FileFacts, Picture, Skipped, decode
from subband.data.entry import Entry
from subband.data.examples import Examples, read_examples
from subband.data.imageset import ImageSet, Split, concatenate, count_shared, from_arrays, gather, split
from subband.data.sources import entries, read

__all__ = [
    "Chain",
    "Crop",
    "Entry",
    "Examples",
    "FileFacts",
    "ImageSet",
    "Picture",
    "Skipped",
    "Split",
    "concatenate",
    "count_shared",
    "decode",
    "entries",
    "from_arrays",
    "gather",
    "read",
    "read_examples",
    "split",
]
