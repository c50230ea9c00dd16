"""What was read again and found wrong stands in the tables as it should, or the list says why not."""

from __future__ import annotations

import csv
from functools import cache

import pytest

from tests.helpers.paths import ROOT, TESTS

CORRECTIONS = TESTS / "data" / "corrections.csv"
STANDS: dict[str, list[tuple[str, str, dict[str, str]]]] = {
    "cn-ndpr-oxide": [("data/offers.csv", "cn-ndpr-oxide", {"price": "108540"})],
    "cn-dy-oxide": [("data/offers.csv", "cn-dy-oxide", {"price": "291000"})],
    "cn-tb-oxide": [("data/offers.csv", "cn-tb-oxide", {"price": "1149000"})],
    "cn-tb-metal": [("data/offers.csv", "cn-tb-metal", {"price": "1410000"})],
    "cn-ndpr-metal": [("data/offers.csv", "cn-ndpr-metal", {"price": "132800"})],
    "my-ndpr-oxide": [("data/offers.csv", "my-ndpr-oxide", {"price": "180000"})],
    "my-dy-oxide": [("data/offers.csv", "my-dy-oxide", {"price": "291000"})],
    "my-tb-oxide": [("data/offers.csv", "my-tb-oxide", {"price": "1149000"})],
    "ADD cn-vat-oxide-export; cn-vat-metal-export": [
        ("data/export_charges.csv", f"cn-vat-{stage}-export", {"goods": stage, "origin": "CN", "rate": "0.13"})
        for stage in ("oxide", "metal")
    ],
    "ADD cn-11-2026-japan": [
        ("data/controls.csv", "cn-11-2026-japan", {"number": "No. 11/2026", "effective": "2026-02-24"})
    ],
    "ADD cn-12-2026-japan-watch": [("data/controls.csv", "cn-2026-japan-watch", {"effective": "2026-02-24"})],
    "ADD cn-2026-06-29-japan": [("data/controls.csv", "cn-2026-06-29-japan", {"effective": "2026-06-29"})],
    "ADD tdk-watch-2026": [
        ("data/approvals.csv", "tdk-watch-2026", {"customer": "TDK", "share": "0.3", "processing_days": "126"})
    ],
    "listed-18; listed-61": [
        ("models/defense/approvals.csv", name, {"covers": "1", "share": "0", "from": "2025-01-02"})
        for name in ("listed-18", "listed-61")
    ],
    "oxide / MY": [
        (f"models/{case}/availability.csv", "oxide / MY / ndpr-oxide", {"share": share})
        for case, share in (("ev-motors", "0.03"), ("korea", "0.07"), ("defense", "0.03"))
    ],
    "ndpr-floor-lynas": [
        (
            "models/ev-motors/contracts.csv",
            "ndpr-floor-lynas",
            {"floor": "110000", "upside": "0.7", "upside_from": "150000"},
        )
    ],
    "cn-61-2025": [
        ("data/controls.csv", "cn-61-2025", {"stages": "magnet", "inputs": "metal; alloy; magnet; oxide Dy; oxide Tb"}),
        ("data/controls.csv", "cn-61-2025-technology", {"technology": "true", "threshold": "1"}),
    ],
    "ADD us-mfn-dy-oxide; us-mfn-tb-oxide; us-mfn-sm-oxide": [
        ("data/duties.csv", f"us-mfn-{name}-oxide", {"rate": "0.037", "destination": "US"})
        for name in ("dy", "tb", "sm")
    ],
    "ADD eu-mfn-magnets (DE, HU, EE, FR, FI)": [
        ("data/duties.csv", f"eu-mfn-magnets-{land.lower()}", {"rate": "0.022", "destination": land})
        for land in ("DE", "HU", "EE", "FR", "FI")
    ],
    "us-122": [("data/controls.csv", "us-122", {"effective": "2026-02-24", "expires": "2026-07-24"})],
    "us-232": [("data/controls.csv", "us-232", {"effective": "2026-01-14"})],
    "us-dfars-7052-2024": [
        ("data/controls.csv", "us-dfars-7052-2024", {"effective": "2019-04-30", "stages": "alloy; magnet"})
    ],
    "ADD us-dfars exceptions": [("data/controls.csv", "us-dfars-7052-exceptions", {"kind": "note"})],
    "cn-18-2025": [
        (
            "data/controls.csv",
            "cn-18-2025",
            {
                "hs": "2805.30.19.10; 2846.90.19.30; 2846.90.19.40; 2846.90.19.93; 3824.99.99.22; 8486.90.91.10; "
                "8505.11.10.00"
            },
        )
    ],
    "ADD cn-other-magnets / sinter": [
        ("data/plants.csv", "cn-other-magnets / sinter / 2023-01-01", {"capacity": "160000", "open": "0"}),
        ("data/plants.csv", "cn-other-magnets / sinter / 2030-01-01", {"capacity": "220740", "open": "0"}),
    ],
    "iluka-eneabba / mine-monazite-sand / 2020-01-01": [
        ("data/plants.csv", "iluka-eneabba / mine-monazite-sand / 2028-01-01", {"capacity": "5200"})
    ],
    "kachin / mine-clay-mm / 2015-01-01": [
        ("data/plants.csv", "kachin / mine-clay-mm / 2015-01-01", {"capacity": "31000"})
    ],
    "vn-refined": [("data/controls.csv", "vn-refined", {"kind": "note"})],
    "vietnam-metal / reduce-ndpr": [
        ("data/plants.csv", "vietnam-metal / reduce-ndpr / 2015-01-01", {"confidence": "assumption"})
    ],
    "my-raw-ban": [("data/controls.csv", "my-raw-ban", {"effective": "2024-01-01", "confidence": "sourced"})],
    "eu-scrap": [("data/controls.csv", "eu-scrap", {"adopted": "false"})],
    "ADD eu-crma-24": [("data/controls.csv", "eu-crma-24", {"kind": "note"})],
    "eu-crma": [("data/controls.csv", "eu-crma", {"effective": "2024-05-23", "confidence": "sourced"})],
    "cn-rare-earths-2024": [
        ("data/controls.csv", "cn-rare-earths-2024", {"announced": "2024-06-22", "confidence": "sourced"})
    ],
    "ndfeb-sh-gbd; ndfeb-h-gbd": [
        ("data/materials.csv", "ndfeb-sh-gbd", {"content": "NdPr=0.3025; Dy=0.0078; Tb=0.0047"}),
        ("data/materials.csv", "ndfeb-h-gbd", {"content": "NdPr=0.30875; Dy=0.0039; Tb=0.00235"}),
    ],
    "ADD No. 18 FAQ": [("data/controls.csv", "cn-18-faq-2025", {"effective": "2025-09-16"})],
    "asm-ochang": [("data/sites.csv", "asm-ochang", {"owner": "US"})],
    "noveon / sinter-basic / 2023-01-01": [
        ("data/plants.csv", "noveon / sinter-basic / 2023-01-01", {"capacity": "200"}),
        ("data/plants.csv", "noveon / sinter-basic / 2028-01-01", {"capacity": "2000"}),
    ],
}
"""By key of a correction: the rows that carry it, and what stands in them."""
SAID = {
    "Dy, Tb multiple": ("scenarios/full-embargo.yaml", ["scale: {price: 2.7}", "scale: {price: 2.8}"]),
    "What the figures are worth": ("docs/limits.md", ["5 February 2026", "16 October 2025"]),
}
"""Those of texts: the file, and what it says."""
GONE = {
    "data/controls.csv": ["remembered; that it is in force", "by state-designated firms only", "10 % and then 15 %"],
    "docs/limits.md": ["Figures are as of November 2026"],
    "docs/controls.md": ["Customs codes other than 8505.11", "melted or produced there since 2024"],
}
"""What was contradicted, by file."""


@cache
def rows(file: str) -> list[dict[str, str]]:
    with (ROOT / file).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def corrections() -> list[dict[str, str]]:
    with CORRECTIONS.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_every_correction_says_what_was_done() -> None:
    found = corrections()
    assert len(found) == 42
    for row in found:
        assert row["done"] == "applied" or len(row["done"]) > 20, row["key"]
        assert row["done"].startswith(("applied", "not ")), row["key"]
        assert row["key"] in STANDS or row["key"] in SAID, row["key"]
    assert {row["key"] for row in found} == {*STANDS, *SAID}


@pytest.mark.parametrize("key", STANDS)
def test_the_tables_hold_what_they_should(key: str) -> None:
    for file, name, fields in STANDS[key]:
        named = [part.strip() for part in name.split(" / ")]
        found = [row for row in rows(file) if list(row.values())[: len(named)] == named]
        assert len(found) == 1, (file, name)
        assert {field: found[0][field] for field in fields} == fields, (file, name)
        assert found[0]["source"], (file, name)


@pytest.mark.parametrize("key", SAID)
def test_the_texts_say_what_they_should(key: str) -> None:
    file, words = SAID[key]
    text = (ROOT / file).read_text(encoding="utf-8")
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize("file", GONE)
def test_what_was_contradicted_is_gone(file: str) -> None:
    text = " ".join((ROOT / file).read_text(encoding="utf-8").split())
    assert [words for words in GONE[file] if words in text] == []


def test_every_source_has_an_address_or_says_that_it_has_none() -> None:
    for folder in ("data", "models", "scenarios"):
        for path in (ROOT / folder).rglob("*.*"):
            assert "address not known" not in " ".join(path.read_text(encoding="utf-8").split()), path


def test_the_price_of_a_range_is_its_middle() -> None:
    """USD/kg, from the page's FOB ranges."""
    price = {row["offer"]: float(row["price"]) for row in rows("data/offers.csv")}
    for offer, low, high in (("cn-dy-oxide", 271, 311), ("cn-tb-oxide", 1130, 1168), ("cn-tb-metal", 1400, 1420)):
        assert price[offer] == 1000 * (low + high) / 2
