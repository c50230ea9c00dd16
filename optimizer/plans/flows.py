"""Whose tonnes pass each stage of a plan, so that shares can be read where they really are."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from optimizer.network.network import Network
from optimizer.network.windows import stage_flows
from optimizer.program.program import Floats, Program

STAGES = ("concentrate", "oxide", "metal", "magnet")
"""Stages shares are reported at: mine, separation, metal or alloy, finished magnet."""
Key = tuple[Any, ...]


@dataclass(frozen=True)
class StageFlows:
    """What counts at one stage.

    Parameters
    ----------
    columns : array of int
        Columns of the program that carry it.
    tonnes : array
        Tonnes at the stage per unit of the column.
    who : DataFrame
        Supplier, country, owner and period of each.
    """

    columns: Any
    tonnes: Floats
    who: pd.DataFrame

    def volumes(self, x: Floats) -> Floats:
        """Tonnes of each flow in an answer."""
        return np.asarray(x[self.columns] * self.tonnes)


def flows_by_stage(network: Network, program: Program) -> dict[str, StageFlows]:
    """Find what counts at each stage of a network.

    Parameters
    ----------
    network : Network
    program : Program
        Compiled from it.

    Returns
    -------
    dict of str to StageFlows
        For the stages that the network has.
    """
    structure = network.structure
    found: dict[str, StageFlows] = {}
    for stage in STAGES:
        row: Any = SimpleNamespace(stage=stage, materials=(), measure="volume")
        listed = stage_flows(structure.case, row, structure.index)
        columns, tonnes, who = [], [], []
        for variable, key, amount, supplier, country, owner in listed:
            for period in structure.periods:
                columns.append(program.column_at(variable, (*key, period)))
                tonnes.append(amount)
                who.append((supplier, country, owner, period))
        if columns:
            frame = pd.DataFrame(who, columns=["supplier", "country", "owner", "period"])
            found[stage] = StageFlows(np.array(columns), np.array(tonnes), frame)
    return found
