"""Models of images as grids of tokens: corruptions, orders, samplers, and the frozen tokenizer."""
