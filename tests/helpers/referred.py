"""A network whose licences are shares of what the table `trade` says, and of nothing where that is silent."""

from __future__ import annotations

import numpy as np

from optimizer.case.case import Case
from optimizer.network.build import network_of
from optimizer.network.network import Network
from optimizer.network.reference import Reference


def referred(case: Case) -> Network:
    """The network of a case, as if its plan without licences shipped nothing: no plan is solved."""
    network = network_of(case)
    nothing = np.zeros((len(network.index["lanes"]), len(network.periods)))
    return network.referring(Reference.of(network.structure, nothing))
