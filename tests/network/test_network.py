"""A network: its index sets hold named keys, and it can leave its process."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from optimizer.formulation.compile import parameter_vector
from optimizer.formulation.links import Links
from optimizer.network.build import network_of
from optimizer.network.network import PARAMETERS, Network
from optimizer.network.sets import INDEX_SETS, Lane
from optimizer.world.load import load_case
from tests.helpers.coarse import coarse
from tests.helpers.networks import random_case
from tests.helpers.paths import CASES

TOY = CASES / "toy"


@pytest.mark.parametrize("name", ["toy", "ev-motors", "random"])
def test_a_network_leaves_its_process(name: str) -> None:
    case = {"toy": load_case(TOY), "ev-motors": coarse("ev-motors"), "random": random_case(3)}[name]
    network = network_of(case)
    copy: Network = pickle.loads(pickle.dumps(network))  # noqa: S301
    assert copy.index == network.index
    assert np.array_equal(parameter_vector(copy), parameter_vector(network))
    assert Links(copy.structure).index == Links(network.structure).index


def test_a_structure_does_not_grow_by_being_read() -> None:
    structure = network_of(load_case(TOY)).structure
    before = pickle.dumps(structure)
    assert structure.place["aa-press", "magnet"] == "aa-press"
    assert structure.place["aa-press", "nd-oxide"] == "AD hub"
    for lanes in (structure.governs, structure.licensing.lanes, structure.licensing.applicants):
        with pytest.raises(KeyError):
            lanes["none such"]  # type: ignore[index]
    assert pickle.dumps(structure) == before


def test_keys_are_those_of_plain_tuples() -> None:
    structure = network_of(load_case(TOY)).structure
    for name in structure.index:
        for key in structure.members(name):
            assert key == tuple(key)
            assert hash(key) == hash(tuple(key))
            assert key._fields == INDEX_SETS[name].fields
    assert all(type(lane) is Lane for lanes in structure.governs.values() for lane in lanes)


@pytest.mark.parametrize("name", ["quota_each", "in_time", "wanted_in_stretch"])
def test_what_counts_contracts_reads_all_that_says_how_they_run(name: str) -> None:
    assert PARAMETERS["contract_years"].reads <= PARAMETERS[name].reads
