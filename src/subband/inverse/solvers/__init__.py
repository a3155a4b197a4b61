"""Iterative solvers, on any array library; each is one short function that follows its paper."""
