"""Labels that people have for sites and materials: a key is made of one, and other tables may name it so."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from optimizer.case.labels import key_of
from optimizer.errors import CaseError
from optimizer.faults import WrongError
from optimizer.world.door import case_from
from optimizer.world.load import load_case
from tests.helpers.small import small


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("JL Mag (Ganzhou)", "jl-mag-ganzhou"),
        ("Vacuumschmelze GmbH & Co. KG", "vacuumschmelze-gmbh-co-kg"),
        ("Weißmüller", "weissmuller"),
        ("信越化学 Takefu", "takefu"),
        ("  -- 42SH --", "42sh"),
        ("x" * 200, "x" * 80),
    ],
)
def test_a_key_is_made_of_a_label(label: str, key: str) -> None:
    assert key_of(label) == key


def test_of_one_without_latin_letters_none_is_made() -> None:
    with pytest.raises(WrongError, match=r"site: expected a name in Latin letters"):
        key_of("信越化学工業", "site")


def test_names_are_compared_in_one_form(tmp_path: Path) -> None:
    """The holder of the maker, and a label that another table names it by, composed by one keyboard and not by another."""
    short, long = (unicodedata.normalize(form, "Müller") for form in ("NFC", "NFD"))
    sites = f"site,company,country,owner,parent,parent_share,label\nmaker,Maker,CN,CN,{long},1,{short} (Ganzhou)\n"
    sites += f"buyer,{short},DE,DE,,,"
    offers = f"offer,site,material,price,capacity\nspot,{long} (Ganzhou),magnet,50000,1000"
    case = load_case(small(tmp_path, sites=sites, offers=offers))
    assert [row.site for row in case.tables.offers] == ["maker"]
    assert case.tables.sites[0].parent == case.tables.sites[1].company
    rows = {name: [row.stated() for row in some] for name, some in case.tables.items() if some}
    rows["sites"][0]["parent"] = long
    assert case_from(case.file.model_dump(mode="json"), rows).tables.sites[0].parent == short


SITES = "label,company,country,owner\nMaker (Ganzhou),M,CN,CN\nUnser Werk,W,DE,DE"


def labelled(folder: Path, **tables: str) -> Path:
    """A case whose sites have labels and no names."""
    own = {
        "sites": SITES,
        "offers": "offer,site,material,price,capacity\no,Maker (Ganzhou),magnet,100,1000",
        "demand": "site,product,from,tonnes,penalty\nUnser Werk,magnet,2027-01-01,50,1000",
        "materials": "material,stage,unit_value\nmagnet,magnet,1",
    }
    return small(folder, **(own | tables))


def test_other_tables_may_name_a_row_by_its_label(tmp_path: Path) -> None:
    case = load_case(labelled(tmp_path / "small"))
    assert [(row.site, row.label) for row in case.tables.sites] == [
        ("maker-ganzhou", "Maker (Ganzhou)"),
        ("unser-werk", "Unser Werk"),
    ]
    assert case.tables.offers[0].site == "maker-ganzhou"
    assert case.tables.demand[0].site == "unser-werk"


def test_so_may_a_limit_and_rows_in_memory(tmp_path: Path) -> None:
    limit = (
        "limit,measure,sense,value,stage,by,member,window,from\n"
        "l,share,at_most,0.5,magnet,supplier,Maker (Ganzhou),horizon,2027-01-01"
    )
    case = load_case(labelled(tmp_path / "small", limits=limit))
    assert case.tables.limits[0].member == "maker-ganzhou"
    rows = {
        table: [row.model_dump(by_alias=True, exclude={"site"} if table == "sites" else set()) for row in some]
        for table, some in case.tables.items()
    }
    rows["offers"][0]["site"] = "Maker (Ganzhou)"
    again = case_from(case.file, rows)
    assert again.digest() == case.digest()


def test_a_name_wrong_in_both_ways_is_a_fault(tmp_path: Path) -> None:
    offers = "offer,site,material,price,capacity\no,Maker Ganzho,magnet,100,1000"
    with pytest.raises(CaseError) as refused:
        load_case(labelled(tmp_path / "small", offers=offers))
    (fault,) = refused.value.faults
    assert (fault.code, fault.suggest) == ("unknown-name", "maker-ganzhou")


def test_labels_shared_by_two_rows_are_a_fault(tmp_path: Path) -> None:
    sites = f"site,{SITES}".replace("\nMaker", "\n,Maker").replace("\nUnser", "\n,Unser") + "\nother,Unser Werk,O,DE,DE"
    with pytest.raises(CaseError, match=r"label: expected each label once, found 'Unser Werk' also in small/sites.csv"):
        load_case(labelled(tmp_path / "small", sites=sites))


def test_lines_above_the_head_may_be_comments(tmp_path: Path) -> None:
    folder = labelled(tmp_path / "small")
    path = folder / "offers.csv"
    plain = path.read_text()
    path.write_text(f'# what is sold, "price" in USD, a tonne\n\n"# one row, each",,,\n{plain}')
    digest = load_case(folder).digest()
    path.write_text(plain)
    assert load_case(folder).digest() == digest
    path.write_text(f"# one\n# two\n{plain.replace('1000', 'many')}")
    with pytest.raises(CaseError, match=r"offers.csv, row 4: capacity"):
        load_case(folder)
    path.write_text(plain + "# below,,,,,,\n")
    with pytest.raises(CaseError, match=r"offers.csv, row 3"):
        load_case(folder)


def test_rows_are_the_buyers_own_unless_they_say_otherwise(tmp_path: Path) -> None:
    folder = labelled(tmp_path / "small")
    path = folder / "offers.csv"
    path.write_text("offer,site,material,price,capacity\no,maker-ganzhou,magnet,100,1000\n")
    row = load_case(folder).tables.offers[0]
    assert (row.source, row.confidence) == ("the buyer's own records", "sourced")
    path.write_text("offer,site,material,price,capacity,source\no,maker-ganzhou,magnet,100,1000,a guess\n")
    with pytest.raises(CaseError, match=r"confidence: expected a value, found nothing"):
        load_case(folder)
    path.write_text("offer,site,material,price,capacity,confidence\no,maker-ganzhou,magnet,100,1000,assumption\n")
    with pytest.raises(CaseError, match=r"source: expected a value, found nothing"):
        load_case(folder)
