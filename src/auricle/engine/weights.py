"""A checkpoint's weights by name, whatever file they came in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Weights = dict[str, NDArray[np.float32]]


def under(weights: Weights, prefix: str) -> Weights:
    """The weights whose names start with `prefix`, without it."""
    return {name[len(prefix) :]: array for name, array in weights.items() if name.startswith(prefix)}
