"""Recordings and photos: probing, and pictures with their true presentation times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Frame:
    """One picture. `image` is RGB uint8 (H, W, 3), upright, square pixels; `time_s` from the first picture."""

    index: int
    time_s: float
    image: NDArray[np.uint8]
