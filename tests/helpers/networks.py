"""Random small cases and scenarios, for properties that must hold on any network."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from optimizer.case.case import Case
from optimizer.case.check import check_references
from optimizer.case.settings import CaseFile
from optimizer.case.tables import TABLES, Tables
from optimizer.world.events import Event, Recovery
from optimizer.world.scenario import Scenario
from tests.helpers.rarities import ASSURED, START, add_rarities
from tests.helpers.rarities import periods as other_periods

SAID = {"source": "random network", "confidence": "assumption"}


def random_case(seed: int) -> Case:
    """A case with mines, separators, magnet makers, buyers, controls, limits, contracts and projects, all at random."""
    rng = np.random.default_rng(seed)
    countries = ["AD", "BB", "CC", "DE"][: int(rng.integers(2, 5))]
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    _materials(rows, rng)
    _makers(rows, rng, countries)
    _buyers(rows, rng, countries)
    _policies(rows, rng, countries)
    _approvals(rows, np.random.default_rng([seed, 1]))
    _home_markets(rows, np.random.default_rng([seed, 2]))
    for origin in countries:
        for destination in countries:
            if origin == destination or rng.random() < 0.85:
                rows["routes"].append(
                    {
                        "from_country": origin,
                        "to_country": destination,
                        "freight": _round(rng, 50, 900),
                        "transit": 0.0 if origin == destination else _round(rng, 0, 80),
                    }
                )
    periods = [{"count": int(rng.integers(1, 3)), "months": 3}, {"count": int(rng.integers(1, 3)), "months": 6}]
    if seed % 4 == 3:
        periods = other_periods(seed)
    add_rarities(rows, seed, countries)
    file = CaseFile.model_validate(
        {
            "version": 1,
            "name": f"random-{seed}",
            "title": "random",
            "start": START,
            "periods": periods,
            "discount_rate": round(float(rng.uniform(0, 0.12)), 3),
            "groups": {"friends": countries[1:]},
            "content_margin": float(rng.choice([0.0, 1e-5])),
        }
    )
    tables = {
        name: tuple(TABLES[name].model_validate({**SAID, **row}) for row in found) for name, found in rows.items()
    }
    places = {name: tuple(f"{name} {number}" for number in range(len(found))) for name, found in tables.items()}
    case = Case(file, Tables.of(tables), places)
    faults = check_references(case, "random")
    assert not faults, faults
    return case


def _round(rng: np.random.Generator, low: float, high: float) -> float:
    return round(float(rng.uniform(low, high)), 3)


def _materials(rows: dict[str, list[dict[str, Any]]], rng: np.random.Generator) -> None:
    hub = bool(rng.random() < 0.6)
    for name, stage, value, content in (
        ("sand", "concentrate", 10, "NdPr=0.2; Dy=0.02"),
        ("nd-oxide", "oxide", 60, "NdPr=0.85"),
        ("dy-oxide", "oxide", 250, "Dy=0.87"),
        ("magnet", "magnet", 100, "NdPr=0.3; Dy=0.02"),
        ("magnet-lean", "magnet", 95, "NdPr=0.3"),
        ("swarf", "scrap", 15, "NdPr=0.3"),
    ):
        rows["materials"].append(
            {
                "material": name,
                "stage": stage,
                "unit_value": value,
                "content": content,
                "hub": hub and stage != "magnet",
            }
        )
    for recipe, process, lines in (
        ("mine", "mine", {"sand": 1.0}),
        (
            "separate",
            "separate",
            {"sand": -1.0, "nd-oxide": _round(rng, 0.15, 0.23), "dy-oxide": _round(rng, 0.01, 0.022)},
        ),
        ("press", "press", {"nd-oxide": -0.6, "dy-oxide": -0.035, "magnet": 1.0, "swarf": 0.4}),
        ("press-lean", "press", {"nd-oxide": -0.6, "magnet-lean": 1.0, "swarf": 0.4}),
        ("recycle", "recycle", {"swarf": -1.0, "nd-oxide": 0.3}),
    ):
        for material, tonnes in lines.items():
            rows["recipes"].append({"recipe": recipe, "process": process, "material": material, "tonnes": tonnes})


def _makers(rows: dict[str, list[dict[str, Any]]], rng: np.random.Generator, countries: list[str]) -> None:
    for country in countries:
        for process, size, cost in (
            ("mine", 400, 9000),
            ("separate", 400, 4000),
            ("press", 60, 20000),
            ("recycle", 20, 5000),
        ):
            for number in range(int(rng.integers(0, 3))):
                site = f"{country.lower()}-{process}-{number}"
                owner = str(rng.choice(countries))
                rows["sites"].append({"site": site, "company": site, "country": country, "owner": owner})
                steps = [
                    dt.date(2020, 1, 1),
                    *([dt.date(2027, int(rng.integers(2, 12)), 15)] if rng.random() < 0.3 else []),
                ]
                for day in steps:
                    rows["plants"].append(
                        {
                            "site": site,
                            "process": process,
                            "from": day,
                            "capacity": _round(rng, 0.2, 1.5) * size,
                            "cost": _round(rng, 0.7, 1.4) * cost,
                        }
                    )
                if process == "press" and rng.random() < 0.5:
                    rows["projects"].append(
                        {
                            "project": f"qualify-{site}",
                            "kind": "qualify",
                            "site": site,
                            "capacity": 40.0,
                            "cost": _round(rng, 1e4, 5e5),
                            "lead": float(rng.integers(0, 12)),
                            **({"done_from": dt.date(2027, 5, 20)} if rng.random() < 0.3 else {}),
                        }
                    )
                elif process == "press" and rng.random() < 0.4:
                    rows["projects"].append(
                        {
                            "project": f"expand-{site}",
                            "kind": "expand",
                            "site": site,
                            "process": "press",
                            "capacity": 25.0,
                            "cost": _round(rng, 1e4, 5e5),
                            "lead": float(rng.integers(0, 12)),
                        }
                    )
        trader = f"{country.lower()}-trader"
        rows["sites"].append({"site": trader, "company": trader, "country": country, "owner": country})
        for material, price in (("nd-oxide", 60000), ("dy-oxide", 250000), ("magnet", 95000)):
            if rng.random() < 0.6:
                offer = f"{country.lower()}-{material}"
                rows["offers"].append(
                    {
                        "offer": offer,
                        "site": trader,
                        "material": material,
                        "price": _round(rng, 0.8, 1.6) * price,
                        "capacity": _round(rng, 1, 40),
                    }
                )
                if material == "magnet":
                    origin = str(rng.choice(countries))
                    rows["origins"].append({"offer": offer, "material": "dy-oxide", "country": origin, "tonnes": 0.03})
                if rng.random() < 0.4:
                    rows["contracts"].append(
                        {
                            "contract": f"{offer}-long",
                            "offer": offer,
                            **({"price": price * 1.1} if rng.random() < 0.5 else {"floor": price * 0.9, "upside": 0.5}),
                            "reservation_fee": _round(rng, 0, 500),
                            "max_volume": _round(rng, 1, 20),
                            "take_or_pay": _round(rng, 0, 1),
                            "from": START,
                            "until": dt.date(2028, 3, 1),
                        }
                    )


def _buyers(rows: dict[str, list[dict[str, Any]]], rng: np.random.Generator, countries: list[str]) -> None:
    for number, country in enumerate(rng.choice(countries, size=int(rng.integers(1, 3)), replace=False)):
        site = f"buyer-{number}"
        rows["sites"].append({"site": site, "company": "buyer", "country": str(country), "owner": str(country)})
        for end_use in ("civil", "military")[: int(rng.integers(1, 3))]:
            for day in (dt.date(2027, 1, 1), dt.date(2027, 8, 1))[: int(rng.integers(1, 3))]:
                rows["demand"].append(
                    {
                        "site": site,
                        "product": "magnet",
                        "end_use": end_use,
                        "from": day,
                        "tonnes": _round(rng, 5, 60),
                        "penalty": 1e6 if end_use == "military" else 6e5,
                    }
                )
        rows["stocks"].append(
            {
                "site": site,
                "material": "magnet",
                "origin": str(rng.choice(countries)),
                "opening": _round(rng, 0, 10),
                "capacity": 40.0,
                "holding": _round(rng, 0, 900),
                "cover": _round(rng, 0, 60),
                "reserve": _round(rng, 0, 4),
                "terminal": _round(rng, 0, 8),
                "penalty": 20000.0,
            }
        )
        if rng.random() < 0.5:
            rows["arrivals"].append(
                {
                    "site": site,
                    "material": "magnet",
                    "origin": str(rng.choice(countries)),
                    "on": dt.date(2027, 2, 3),
                    "tonnes": 3.5,
                }
            )
    if rng.random() < 0.7:
        rows["substitutions"].append(
            {
                "product": "magnet",
                "material": "magnet-lean",
                "ratio": 0.9,
                "max_share": _round(rng, 0, 1),
                "cost": 500.0,
            }
        )


def _policies(rows: dict[str, list[dict[str, Any]]], rng: np.random.Generator, countries: list[str]) -> None:
    scope = {"origin": "AD", "elements": "Dy", "stages": "oxide; magnet", "authority": "AD", "citation": "No."}
    dates = {"effective": dt.date(2026, 1, 1), "processing_days": float(rng.integers(0, 60))}
    kinds: list[dict[str, Any]] = [
        {"control": "export", "kind": "export", "approval": _round(rng, 0, 1)},
        {"control": "content", "kind": "content", "approval": _round(rng, 0, 1), "threshold": 0.1},
        {"control": "military", "kind": "end_use", "end_uses": "military", "approval": 0.0, "threshold": 0.1},
        {"control": "asleep", "kind": "export", "approval": 0.2, "suspended_from": dt.date(2026, 6, 1), "elements": ""},
    ]
    rows["controls"] += [{**scope, **dates, **kind} for kind in kinds if rng.random() < 0.8]
    for limit, fields in (
        (
            "share",
            {"measure": "share", "sense": "at_most", "value": 0.6, "by": "country", "member": "each", "window": "year"},
        ),
        (
            "floor",
            {
                "measure": "share",
                "sense": "at_least",
                "value": 0.3,
                "by": "country",
                "member": "friends",
                "window": "horizon",
            },
        ),
        (
            "tonnes",
            {
                "measure": "volume",
                "sense": "at_most",
                "value": 30,
                "by": "owner",
                "member": countries[0],
                "window": "period",
            },
        ),
        (
            "spend",
            {
                "measure": "spend",
                "sense": "at_most",
                "value": 1e6,
                "by": "country",
                "member": countries[0],
                "window": "year",
            },
        ),
    ):
        if rng.random() < 0.7:
            stage = "oxide" if fields["measure"] == "spend" else str(rng.choice(["oxide", "magnet", "concentrate"]))
            penalty = 3.0 if fields["measure"] == "spend" else 4000.0
            rows["limits"].append({"limit": limit, "stage": stage, "from": START, "penalty": penalty, **fields})
    if rng.random() < 0.5:
        for stage in ("concentrate", "oxide", "magnet", "scrap"):
            rows["availability"].append({"stage": stage, "country": "*", "share": _round(rng, 0.3, 1)})


def _approvals(rows: dict[str, list[dict[str, Any]]], rng: np.random.Generator) -> None:
    """General licences, slower applicants and listed entities, for half of the border controls."""
    sites = [row["site"] for row in rows["sites"]]
    for control in rows["controls"]:
        if control["kind"] in ("export", "content") and rng.random() < 0.5:
            rows["approvals"] += [
                {
                    "approval": f"approval-{control['control']}-{number}",
                    "control": control["control"],
                    "exporter": str(rng.choice(["*", *sites])),
                    "customer": str(rng.choice(["*", *sites])),
                    "share": float(rng.choice([0.0, 1.0, _round(rng, 0, 1)])),
                    "covers": float(rng.choice([1.0, _round(rng, 0, 1)])),
                    "processing_days": float(rng.integers(0, 60)),
                    "from": START + dt.timedelta(days=int(rng.integers(-100, 200))),
                }
                for number in range(int(rng.integers(1, 3)))
            ]


def _home_markets(rows: dict[str, list[dict[str, Any]]], rng: np.random.Generator) -> None:
    """Charges on oxide and ore that leave the first country, and offers without them for use there."""
    if rng.random() < 0.6:
        for goods, day in (("oxide", dt.date(2020, 1, 1)), ("dy-oxide", dt.date(2027, 5, 1)), ("sand", START)):
            if rng.random() < 0.7:
                charge = {"charge": f"tax-{goods}", "goods": goods, "origin": "AD", "from": day}
                rows["export_charges"].append({**charge, "rate": _round(rng, 0.05, 0.5)})
    for row in list(rows["offers"]):
        if rng.random() < 0.4 and row["material"] != "magnet":
            cheaper = {"offer": f"{row['offer']}-home", "price": 0.85 * row["price"], "home": True}
            rows["offers"].append({**row, **cheaper})


def random_scenario(case: Case, seed: int) -> Scenario:
    """One to three events on what the case has, at random dates."""
    rng = np.random.default_rng([seed, 7])
    first = START + dt.timedelta(days=int(rng.integers(-60, 300)))
    announced = max(first, START)
    choices = [*_events(case, rng), *_rarer_events(case, rng, announced)]
    events = []
    for pick in rng.choice(len(choices), size=int(rng.integers(1, 4)), replace=False):
        begins = announced + dt.timedelta(days=int(rng.integers(0, 200)))
        ends = begins + dt.timedelta(days=int(rng.integers(20, 300))) if rng.random() < 0.6 else None
        recovery = Recovery(months=4) if ends and rng.random() < 0.5 else None
        dates = {"from": begins, "until": ends, "recovery": recovery}
        events.append(Event.model_validate({"what": "random", **dates, **choices[pick]}))
    return Scenario(
        name=f"random-{seed}", title="random", probability=0.1, announced=first, source="random", events=tuple(events)
    )


def _events(case: Case, rng: np.random.Generator) -> list[dict[str, Any]]:
    """What may happen to rows that almost every case has."""
    choices: list[dict[str, Any]] = [
        {"table": "plants", "where": {}, "scale": {"capacity": _round(rng, 0, 1.5)}},
        {"table": "plants", "where": {}, "scale": {"cost": _round(rng, 0.5, 2)}},
        {"table": "demand", "where": {}, "scale": {"tonnes": _round(rng, 0.5, 1.6)}},
        {"table": "routes", "where": {}, "add": {"transit": _round(rng, 0, 30)}},
        {"table": "routes", "where": {}, "scale": {"freight": 2.0}},
        {"table": "stocks", "where": {}, "set": {"reserve": 0.0}},
        {"table": "stocks", "where": {}, "scale": {"cover": _round(rng, 0, 2)}},
    ]
    offers = [row.offer for row in case.tables.offers if not row.offer.startswith(ASSURED)]
    some = {"offer": offers} if len(offers) < len(case.tables.offers) else {}
    choices += [{"table": "offers", "where": {}, "scale": {"price": _round(rng, 0.5, 3)}}] * bool(case.tables.offers)
    choices += [{"table": "offers", "where": some, "set": {"capacity": _round(rng, 0, 30)}}] * bool(offers)
    waiting = any(row.done_from is None for row in case.tables.projects)  # nothing is decided of those under way
    choices += [{"table": "projects", "where": {}, "scale": {"cost": 1.4}}] * waiting
    changes: tuple[dict[str, Any], ...] = ({"add": {"lead": 3.0}}, {"scale": {"capacity": 0.6}})
    change = changes[len(case.tables.plants) % 2]
    choices += [{"table": "projects", "where": {}, **change}] * (
        waiting or ("scale" in change and bool(case.tables.projects))
    )
    choices += [{"table": "limits", "where": {}, "scale": {"value": 0.8}}] * bool(case.tables.limits)
    for control in (row for row in case.tables.controls if row.kind != "note"):
        change = {"approval": _round(rng, 0, 1), "in_force": 1.0, "processing_days": float(rng.integers(0, 90))}
        if control.kind == "content" and int(1000 * change["approval"]) % 2:
            change["detection"] = 0.6
        choices.append({"table": "controls", "where": {"control": control.control}, "set": change})
        if control.threshold:
            choices.append({"table": "controls", "where": {"control": control.control}, "scale": {"threshold": 0.5}})
    return choices + [
        {"table": "approvals", "where": {"approval": row.approval}, "set": {"share": _round(rng, 0, 1), "covers": 1.0}}
        for row in case.tables.approvals
    ]


def _rarer_events(case: Case, rng: np.random.Generator, announced: dt.date) -> list[dict[str, Any]]:
    """What may happen to rows that only some cases have."""
    rates = {"duties": "rate", "export_charges": "rate", "substitutions": "cost", "availability": "share"}
    choices: list[dict[str, Any]] = [
        {"table": table, "where": {}, "scale": {column: _round(rng, 0.3, 1)}}
        for table, column in {**rates, "stocks": "holding", "demand": "penalty"}.items()
        if case.tables.rows(table)
    ]
    wanted = {
        "contracts": ("price", "floor", "max_volume"),
        "controls": ("quota",),
        "limits": ("penalty",),
    }
    for table, columns in wanted.items():
        for row in case.tables.rows(table):
            where = {row.key[0]: getattr(row, row.key[0])}
            choices += [
                {"table": table, "where": where, "scale": {column: _round(rng, 0.5, 1.5)}}
                for column in columns
                if getattr(row, column) is not None
            ]
    choices += [{"table": "substitutions", "where": {}, "set": {"max_share": 0.5}}] * bool(case.tables.substitutions)
    choices += [{"table": "stocks", "where": {}, "scale": {"capacity": 1.2}}] * bool(case.tables.stocks)
    choices += [
        {"table": "approvals", "where": {"approval": row.approval}, "add": {"processing_days": 20.0}}
        for row in case.tables.approvals
    ]
    choices += [
        {"table": "controls", "where": {"control": row.control}, "set": {"multiple": _round(rng, 1, 2)}}
        for row in case.tables.controls
        if row.waits == "at_exporter"
    ]
    choices += [
        {"table": "availability", "where": {}, "scale": {"share": _round(rng, 0, 1)}, "scarcity": row.control}
        for row in case.tables.controls
        if row.kind == "export" and case.tables.availability
    ]
    if case.tables.holds:
        choices.append({"table": "holds", "where": {}, "set": {"days": _round(rng, 0, 60)}})
    if case.tables.grants:
        choices.append({"table": "grants", "where": {}, "scale": {"share": _round(rng, 0, 1)}})
    choices += [
        {
            "table": "controls",
            "where": {"control": row.control},
            "set": {"headroom": 1.5, "new_business": 5.0, "application_cost": 900.0},
        }
        for row in case.tables.controls
        if row.kind in ("export", "content")
    ]
    choices += [
        {
            "table": "routes",
            "where": {"from_country": row.from_country, "to_country": row.to_country, "mode": row.mode},
            "scale": {"capacity": _round(rng, 0, 1.5)},
        }
        for row in case.tables.routes
        if row.capacity is not None
    ]
    if case.tables.price_indices:
        index = str(rng.choice(["nd", "dy", "EUR"]))
        choices.append({"table": "price_indices", "where": {"index": index}, "scale": {"value": _round(rng, 0.5, 2)}})
    if case.tables.sales:
        choices.append({"table": "sales", "where": {}, "add": {"price": _round(rng, -3000, 3000)}})
        choices.append({"table": "sales", "where": {}, "scale": {"tonnes": _round(rng, 0, 2)}})
    later = sorted({row.site for row in case.tables.plants if row.from_ >= announced})
    shift = {"shift": {"from": 3}, "from": announced, "until": None, "recovery": None}
    choices += [{"table": "plants", "where": {"site": site}, **shift} for site in later]
    due = [row.project for row in case.tables.projects if row.due is not None and row.due >= announced]
    return choices + [{"table": "projects", "where": {"project": due}, **shift}] * bool(due)
