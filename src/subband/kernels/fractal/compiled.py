"""The codec's loops compiled for the CPU (`native/fractal`)."""

from subband import _native

DomainPool = _native.DomainPool
"""As `reference.DomainPool`."""

write = _native.fractal_write
read = _native.fractal_read
draw = _native.fractal_draw
