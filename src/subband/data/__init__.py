"""Image input: files, folders and data sets → crops of one size, split by scene.

decode     one file → upright 8-bit RGB, with file metadata
sources    "packaged", a folder, a tar or zip file, "hf:NAME" → entries; decoded one picture at a time
classes    class names from sub-folders, labels.csv or dataset.json
arrays     images and labels of an .npz file
chain      crop → resize → encode → decode, the same for every class
imageset   gather, from_arrays, split: sets of crops with the scene of each
examples   a source as training arrays, with classes
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
