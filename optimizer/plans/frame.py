"""What all answers of one case share: names, keys and stages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from optimizer.formulation.links import Links
from optimizer.formulation.rules import VARIABLES
from optimizer.network.network import Network
from optimizer.plans.flows import StageFlows, flows_by_stage
from optimizer.plans.mixing import Pattern
from optimizer.program.program import Floats, Program


class Frame:
    """What every answer of one case shares: names, keys and stages.

    Parameters
    ----------
    network : Network
        The base.
    program : Program
        Compiled from it.
    """

    def __init__(self, network: Network, program: Program) -> None:
        self.network, self.program = network, program
        self.structure = network.structure
        self.calendar = network.structure.calendar
        self.labels = [self.calendar.label(period) for period in self.calendar.periods]

    @cached_property
    def stages(self) -> dict[str, StageFlows]:
        """Flows of every stage, by its name."""
        return flows_by_stage(self.network, self.program)

    @cached_property
    def keys(self) -> dict[str, pd.DataFrame]:
        """Keys of every variable as columns, by its name; the period last where there is one."""
        names, of = self.program.column_names, self.program.columns_of
        keys = {name: [key for _, key in names[of[name]]] for name in VARIABLES if name in of}
        return {name: pd.DataFrame(some, columns=list(VARIABLES[name].fields)) for name, some in keys.items()}

    def column(self, name: str, x: Floats) -> Floats:
        """Values of one variable.

        Parameters
        ----------
        name : str
        x : array, shape (columns,)
            A number of every column, such as an answer.

        Returns
        -------
        array, shape (columns of the variable,)
        """
        where = self.program.columns_of.get(name)
        return x[where] if where is not None else np.zeros(0)

    @cached_property
    def links(self) -> Links:
        """Who touches whom."""
        return Links(self.structure)

    @cached_property
    def pattern(self) -> Pattern:
        """Who passes goods on to whom."""
        return Pattern(self.structure, self.links, self.program)

    @property
    def place_of(self) -> Mapping[tuple[str, tuple[Any, ...]], int]:
        """Column of every variable and key."""
        return self.program.column_places

    @cached_property
    def period_of(self) -> Any:
        """Period of every column, -1 where it has none, shape (columns,)."""
        timed = {name for name, some in VARIABLES.items() if some.fields[-1] == "period"}
        return np.array([key[-1] if name in timed else -1 for name, key in self.program.column_names])
