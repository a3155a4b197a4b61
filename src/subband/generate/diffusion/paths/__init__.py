"""Forward processes x_t = alpha(t) x0 + sigma(t) eps from images to noise."""
