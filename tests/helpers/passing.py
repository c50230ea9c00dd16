"""What passes a control to some applicants, of their reference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from optimizer.world.timeline import Timelines


def passing_to(timelines: Timelines, control: int, approvals: Sequence[int]) -> NDArray[np.float64]:
    """Share that passes to those whom some approvals reach: of what these cover, and of the rest; mean by period."""
    covers, share, _, _ = timelines.terms(control, approvals)
    rest = timelines.through[control]
    return np.asarray(timelines.calendar.mean((covers * share + (1 - covers) * rest)[None])[0])
