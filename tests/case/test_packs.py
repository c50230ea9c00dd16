"""Policy packs: cited, switched on by name, and never cheaper than without."""

from __future__ import annotations

import pytest

from optimizer.case.case import bundled
from optimizer.case.packs import _fitted, find_packs, load_pack
from optimizer.errors import CaseError
from optimizer.world.load import load_case
from optimizer.world.plausible import case_findings
from tests.helpers.coarse import coarse
from tests.helpers.paths import BUNDLED, CASES
from tests.helpers.planned import plan

PACKS = sorted(find_packs(bundled("models")))


def test_the_packs_of_four_policies_are_there() -> None:
    assert PACKS == ["eu-crma", "japan-stock-180", "japan-stock-60", "korea-stock-100", "us-defence"]


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_has_a_source_and_does_something(name: str) -> None:
    pack, limits, _ = load_pack(name, bundled("models"))
    assert pack.name == name
    assert "http" in pack.source
    assert limits or pack.cover


@pytest.mark.parametrize("case", BUNDLED)
def test_every_case_takes_every_pack(case: str) -> None:
    loaded = load_case(case, PACKS)
    assert len(loaded.tables.limits) > len(load_case(case).tables.limits)
    wanted = {(row.site, row.product) for row in loaded.tables.demand}
    assert all(row.cover >= 180 for row in loaded.tables.stocks if (row.site, row.material) in wanted)


@pytest.mark.slow
def test_a_pack_never_lowers_cost_and_moves_what_it_bounds() -> None:
    base, packed = (plan(coarse("japan-motors", packs), []).outcome() for packs in ([], ["us-defence"]))
    assert packed.cost > base.cost
    for stage in ("oxide", "metal", "magnet"):
        assert packed.share_of(stage, "CN") < base.share_of(stage, "CN")


def test_an_unknown_pack_is_said() -> None:
    with pytest.raises(CaseError, match="Did you mean 'eu-crma'"):
        load_case("ev-motors", ["eu-crm"])


def test_a_pack_is_used_as_far_as_the_case_has_its_materials() -> None:
    """A case of magnets alone, without a table of limits: one limit counts goods that it has not, the others hold."""
    case = load_case(CASES / "own-case-no-scenario", ["us-defence"])
    limits = [row.limit for row in case.tables.limits]
    assert "covered-magnet" in limits
    assert "covered-concentrate" not in limits
    (said,) = [found for found in case_findings(case) if found.code == "pack-without-materials"]
    assert str(said).startswith("packs/us-defence/limits.csv, row 2: materials: the case has no bastnaesite-mp, ")
    assert str(said).endswith("covered-concentrate has no effect on any plan.")


def test_a_limit_counts_the_materials_that_there_are() -> None:
    case = load_case("ev-motors", ["us-defence"])
    some = [row for row in case.tables.materials if row.material != "sichuan"]
    rest = {row.material for row in some}
    _, limits, places = load_pack("us-defence", bundled("models"))
    fitted = list(_fitted(limits, places, rest))
    assert [said is not None for *_, said in fitted] == [True, False, False, False]
    assert "sichuan" not in fitted[0][0].materials
    assert "bastnaesite-mp" in fitted[0][0].materials
