"""Compression: images as fractals (`subband.compress.fractal`), which Pillow opens after `import subband.compress.pillow`."""
