"""Forward processes: what turns an image into noise."""
