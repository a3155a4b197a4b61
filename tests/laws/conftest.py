"""Shared fixtures of the tests of laws."""

import pytest
import torch


@pytest.fixture
def images() -> torch.Tensor:
    return torch.randn(3, 16, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
