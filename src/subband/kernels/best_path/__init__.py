"""The path of largest worth through a table, one cell a step, by dynamic programming (Viterbi)."""

from subband.kernels.best_path.dispatch import BestPath

__all__ = ["BestPath"]
