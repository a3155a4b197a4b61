"""Maximum-entropy models: uniform measures on spheres, canonical densities, their samplers and their fit."""
