"""What image files say of themselves beside their pixels: bounded readers of untrusted containers.

png, jpeg, webp, gif, tiff, bmff    blocks of one container
xmp, photoshop, user_comment        what the blocks hold
orientation                         pixels as they lie in the file
bounds                              sizes, counts and depths at which reading stops
read                                read_metadata: a file → Metadata
"""

from subband.forensics.metadata.container import Exif, Metadata
from subband.forensics.metadata.orientation import as_stored
from subband.forensics.metadata.read import read_metadata

__all__ = ["Exif", "Metadata", "as_stored", "read_metadata"]
