"""Priors: what is known of x before the measurement, each with the solver that suits it."""
