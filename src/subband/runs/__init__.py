"""Long work, seen and kept: progress with time left, the machine it runs on, files written whole."""
