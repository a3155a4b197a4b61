"""Samplers: numerical integration from noise to images along a grid of times."""
