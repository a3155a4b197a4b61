"""Samplers: steps of time from noise to image."""
