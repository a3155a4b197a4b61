"""Compression: images as fractals, which Pillow opens after `import subband.compress.pillow`."""
