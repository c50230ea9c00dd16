"""Whose tonnes pass each stage of a plan, so that shares can be read where they really are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from optimizer.case.stages import MEASURED
from optimizer.case.topics.limits import Scope
from optimizer.network.network import Network
from optimizer.network.windows import stage_flows
from optimizer.plans.schema import PERIOD, Columns, word
from optimizer.program.program import Floats, Program


class Who(Columns):
    """Whose tonnes a flow is."""

    supplier = word("supplier; empty where nobody is declared", empty=True)
    country = word("its country")
    owner = word("its owner", empty=True)
    period = PERIOD


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
    for stage in MEASURED:
        listed = stage_flows(structure.case, structure.index, Scope(stage))
        columns, tonnes, who = [], [], []
        for variable, key, amount, supplier, country, owner in listed:
            for period in structure.periods:
                columns.append(program.column_at(variable, (*key, period)))
                tonnes.append(amount)
                who.append((supplier, country, owner, period))
        if columns:
            frame = pd.DataFrame(who, columns=list(Who.columns()))
            found[stage] = StageFlows(np.array(columns), np.array(tonnes), frame)
    return found
