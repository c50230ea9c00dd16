"""What random cases hold now and then: the columns of every table that a plain case leaves empty.

Each function has a generator of its own, so that one more of them leaves the networks of all others as they are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np

from optimizer.case.rows import OWN_RECORDS

Rows = dict[str, list[dict[str, Any]]]
START = dt.date(2027, 1, 1)
ASSURED = "assured"
"""What the names of offers begin with that see to it that a demand can be met in every scenario."""


def _number(rng: np.random.Generator, low: float, high: float) -> float:
    return round(float(rng.uniform(low, high)), 3)


def _day(rng: np.random.Generator, first: int = -200, last: int = 500) -> dt.date:
    return START + dt.timedelta(days=int(rng.integers(first, last)))


def add_rarities(rows: Rows, seed: int, countries: list[str]) -> None:
    """Add to the rows of a case whatever its seed calls for."""
    for number, add in enumerate(RARITIES, 100):
        add(rows, np.random.default_rng([seed, number]), countries)


def periods(seed: int) -> list[dict[str, int]]:
    """Groups of periods: one or several, of lengths from a month to a year, of a length or several."""
    rng = np.random.default_rng([seed, 99])
    choices = [
        [(1, 12)],
        [(1, 24)],
        [(5, 1)],
        [(2, 2), (1, 5)],
        [(1, 1), (1, 3), (1, 12)],
        [(1, 6), (2, 1)],
        [(2, 12)],
    ]
    return [{"count": count, "months": months} for count, months in choices[int(rng.integers(len(choices)))]]


def _sites(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Parents, and where sites lie."""
    for row in rows["sites"]:
        if rng.random() < 0.3:
            row |= {"parent": "Holding", "parent_share": float(rng.choice([0.3, 0.6, 1.0]))}
        if rng.random() < 0.2:
            row |= {"latitude": _number(rng, -60, 70), "longitude": _number(rng, -170, 170)}


def _plants(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Plants built with the technology of the first country, or partly or not at all for sale."""
    for row in rows["plants"]:
        if rng.random() < 0.4:
            row["technology_origin"] = "AD"
        if rng.random() < 0.15:
            row["open"] = float(rng.choice([0.0, 0.4, 0.8]))


def _expansions(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Larger separators, and projects that cannot begin at once."""
    for site in sorted({row["site"] for row in rows["plants"] if row["process"] == "separate"}):
        if rng.random() < 0.25:
            terms = {"capacity": 90.0, "cost": _number(rng, 1e4, 5e5), "lead": _number(rng, 0, 9)}
            project = {"project": f"expand-{site}", "kind": "expand", "site": site, "process": "separate"}
            rows["projects"].append({**project, **terms})
    for row in rows["projects"]:
        if rng.random() < 0.25:
            row["from"] = _day(rng, -60, 300)
    for row in rows["projects"]:
        if row["kind"] == "expand" and rng.random() < 0.5:
            row["life"] = float(rng.choice([0.5, 2.0, 15.0]))


def _offers(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Offers that begin late and end early; contracts on them run as they run."""
    for row in rows["offers"]:
        if rng.random() < 0.25:
            row["from"] = _day(rng, -100, 250)
        if rng.random() < 0.25:
            row["until"] = row.get("from", START) + dt.timedelta(days=int(rng.integers(60, 500)))


def _contracts(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Shares of the upside from a price on, and terms that begin and end otherwise than the horizon."""
    for row in rows["contracts"]:
        if "floor" in row:
            chance = rng.random()
            if chance < 0.4:
                row["upside_from"] = row["floor"] * _number(rng, 1, 1.3)
            elif chance < 0.6:
                del row["upside"]
        if rng.random() < 0.3:
            row["from"] = _day(rng, -150, 300)
            row["until"] = row["from"] + dt.timedelta(days=int(rng.integers(90, 700)))


def _duties(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Duties on a material or a stage, from one country or all but some, that step up or down."""
    for goods in ("magnet", "oxide", "dy-oxide", "sand"):
        if rng.random() < 0.35:
            duty = {
                "duty": f"duty-{goods}",
                "goods": goods,
                "origin": str(rng.choice(["*", *countries])),
                "destination": str(rng.choice(countries)),
                "exempt": ";".join(countries[: int(rng.integers(0, 2))]),
            }
            for day in (dt.date(2020, 1, 1), _day(rng, 0, 300))[: int(rng.integers(1, 3))]:
                rows["duties"].append({**duty, "from": day, "rate": _number(rng, 0, 0.4)})


def _demand(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """A need of another use, that must be met or of the material that may stand in; and a buyer that can do so."""
    sites = sorted({row["site"] for row in rows["demand"]})
    if rng.random() < 0.35:
        site = str(rng.choice(sites))
        wanted = {"site": site, "product": "magnet", "end_use": str(rng.choice(["chips", "humanitarian"]))}
        for day in (START, dt.date(2027, 8, 1))[: int(rng.integers(1, 3))]:
            rows["demand"].append({**wanted, "from": day, "tonnes": _number(rng, 0.2, 2)})
        sells = {"offer": f"{ASSURED}-{site}", "site": site, "material": "magnet"}
        rows["offers"].append({**sells, "price": 300000.0, "capacity": 5.0})
        # What others take of it counts for everybody; the seller next door keeps enough for this buyer.
        rows["availability"] += [
            {"stage": "magnet", "country": row["country"], "share": 1.0}
            for row in rows["sites"]
            if row["site"] == site and rows["availability"]
        ]
    if rng.random() < 0.2:
        lean = {"site": sites[0], "product": "magnet-lean", "from": START, "tonnes": _number(rng, 1, 10)}
        rows["demand"].append({**lean, "penalty": 5e5})


def _substitutions(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Stand-ins from a day on, or one for one, as much as wanted and for nothing."""
    for row in rows["substitutions"]:
        if rng.random() < 0.4:
            row["from"] = _day(rng, -60, 400)
            if row["from"].day % 2:
                row["ramp_days"] = float(3 * row["from"].day)
        for field in ("ratio", "max_share", "cost"):
            if rng.random() < 0.3:
                del row[field]


def _stocks(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Stock of what was made where it lies, without targets, and of inputs at makers, or in the hub of their country."""
    for row in rows["stocks"]:
        for field in ("cover", "reserve", "terminal"):
            if rng.random() < 0.2:
                del row[field]
    country = {row["site"]: row["country"] for row in rows["sites"]}
    in_hubs = any(row["material"] == "nd-oxide" and row.get("hub") for row in rows["materials"])
    pools: set[str] = set()
    for number, site in enumerate(sorted({row["site"] for row in rows["plants"] if row["process"] == "press"})):
        if rng.random() < 0.25:
            room = {"origin": countries[0], "opening": _number(rng, 0, 5), "capacity": 8.0, "holding": 100.0}
            pool = f"{country[site]} hub"
            where = pool if in_hubs and number % 2 and pool not in pools else site
            pools.add(where)
            rows["stocks"].append({"site": where, "material": "nd-oxide", **room})


def _controls(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Quotas, ends, suspensions that end, destinations, inputs that count, and what is told of a control only."""
    for row in rows["controls"]:
        border = row["kind"] in ("export", "content")
        if border and rng.random() < 0.3:
            row["quota"] = _number(rng, 0, 20)
            row["exporters"] = ("each", "together")[int(1000 * row["quota"]) % 2]
        if rng.random() < 0.25:
            row["expires"] = max(_day(rng, 0, 600), row["effective"])
        if rng.random() < 0.25 or "suspended_from" in row:
            row["suspended_from"] = row.get("suspended_from", _day(rng, -100, 300))
            if rng.random() < 0.6:
                row["suspended_until"] = row["suspended_from"] + dt.timedelta(days=int(rng.integers(0, 400)))
        if rng.random() < 0.25:
            row["destinations"] = ";".join(sorted({str(rng.choice(countries)), countries[-1]}))
        if row["kind"] in ("content", "end_use"):
            if rng.random() < 0.3:
                row["inputs"] = str(rng.choice(["oxide", "oxide Dy", "magnet; oxide Dy"]))
            row["technology"] = bool(rng.random() < 0.25)
        if row["kind"] == "content" and int(1000 * row["approval"]) % 3 == 0:
            row["detection"] = 0.8
        if row["kind"] in ("export", "content") and int(1000 * row["approval"]) % 2:
            row["application_cost"] = 250.0
        if rng.random() < 0.2:
            row |= {"announced": dt.date(2025, 10, 9), "number": "No. 1/2025", "hs": "2846.90; 8505.11"}
            row["adopted"] = bool(rng.random() < 0.5)
    rules = {"origin": "AD", "authority": "AD", "citation": "No.", "effective": _day(rng, -300, 200)}
    if rng.random() < 0.5:
        terms = {"stages": "oxide; magnet", "approval": _number(rng, 0, 1), "processing_days": _number(rng, 0, 120)}
        stands = {"running_days": 4 * terms["processing_days"]} if int(1000 * terms["approval"]) % 2 else {}
        rows["controls"].append({**rules, "control": "know-how", "kind": "technology", **terms, **stands})
    if rng.random() < 0.2:
        note = {"control": "note", "kind": "note", "stages": "magnet", "approval": 1.0}
        rows["controls"].append({**rules, **note, "carried_by": "duties: duty-magnet"})


def _approvals(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Approvals of whole groups of companies, of uses, of a quantity, and to a day."""
    for row in rows["approvals"]:
        if len(row["approval"]) % 3 == 0:
            row["quantity"] = 4.0 + len(row["approval"])
        if rng.random() < 0.4:
            row |= {"customer": "Holding", "affiliates": float(rng.choice([0.5, 1.0]))}
        if rng.random() < 0.25:
            row["end_uses"] = str(rng.choice(["civil", "civil; military", "military; civil; chips"]))
        if rng.random() < 0.3:
            row["until"] = row["from"] + dt.timedelta(days=int(rng.integers(30, 400)))
    held = any(row.get("parent") == "Holding" for row in rows["sites"])
    for row in rows["approvals"]:
        if row["customer"] == "Holding" and not held:
            row["customer"] = rows["sites"][-1]["site"]


def _limits(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Limits on some materials, with exemptions, to a day, in steps, on ramps, by supplier, and hard ones."""
    for row in list(rows["limits"]):
        if row["member"] == "each" and rng.random() < 0.4:
            row["exempt"] = "friends"
        if rng.random() < 0.3:
            row["materials"] = {"oxide": "dy-oxide", "magnet": "magnet", "concentrate": "sand"}[row["stage"]]
        if rng.random() < 0.3:
            row["until"] = _day(rng, 30, 500)
        elif rng.random() < 0.3:
            begins = _day(rng, 30, 300)
            row["path"] = "ramp" if begins.day % 2 else "step"
            rows["limits"].append({**row, "from": begins, "value": 0.7 * row["value"]})
    common = {"measure": "volume", "sense": "at_most", "from": START, "window": "period"}
    if rng.random() < 0.3:
        by = {"limit": "each-site", "stage": "magnet", "by": "supplier", "member": "each", "value": 20.0}
        rows["limits"].append({**common, **by, "penalty": 3000.0})
    if rng.random() < 0.3:  # of ore and oxide nothing is held, so nothing that was decided before can break it
        hard = {"limit": "unbroken", "stage": str(rng.choice(["concentrate", "scrap"])), "by": "country"}
        rows["limits"].append({**common, **hard, "member": countries[-1], "value": _number(rng, 50, 200)})


def _availability(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Shares of one material, and of one country."""
    if rows["availability"] and rng.random() < 0.7:
        rows["availability"] += [
            {"stage": "oxide", "country": "*", "material": "dy-oxide", "share": _number(rng, 0.2, 1)},
            {"stage": "concentrate", "country": countries[0], "share": _number(rng, 0.2, 1)},
        ]


def _goods(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Goods not traced by element, other goods on their way, and what is embedded in offers besides."""
    if rng.random() < 0.3:
        slag = {"material": "slag", "stage": "scrap", "unit_value": 0.1, "hub": bool(rng.random() < 0.5)}
        rows["materials"].append(slag)
        rows["recipes"].append({"recipe": "separate", "process": "separate", "material": "slag", "tonnes": 0.4})
    for row in rows["offers"]:
        if row["material"] == "magnet" and rng.random() < 0.4:
            origin = {"offer": row["offer"], "material": "nd-oxide", "country": str(rng.choice(countries))}
            rows["origins"].append({**origin, "tonnes": _number(rng, 0.1, 0.6)})
    for site in sorted({row["site"] for row in rows["plants"] if row["process"] == "press"}):
        if rng.random() < 0.2:
            goods = {"site": site, "material": "nd-oxide", "origin": str(rng.choice(countries))}
            rows["arrivals"].append({**goods, "on": _day(rng, 0, 140), "tonnes": _number(rng, 0.1, 4)})
    if any(row["product"] == "magnet-lean" for row in rows["demand"]):
        rows["substitutions"].append({"product": "magnet-lean", "material": "magnet", "ratio": 1.1})


def _elsewhere(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Controls and charges of other countries than the first."""
    for row in rows["controls"]:
        if rng.random() < 0.25:
            other = str(rng.choice(countries))
            row |= {"origin": ";".join(sorted({other, str(rng.choice(countries))}))}
            row |= {"authority": other, "citation": f"Order of {other}"}
    if rng.random() < 0.3:
        charge = {"charge": "tax-elsewhere", "goods": "magnet", "origin": countries[-1], "from": _day(rng)}
        rows["export_charges"].append({**charge, "rate": _number(rng, 0.05, 0.3)})


def _told(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """What is only told: in words, and which figures are weaker than their row."""
    for row in rows["materials"]:
        if rng.random() < 0.2:
            row["description"] = "as it is traded"
    for table in rows.values():
        for number, row in enumerate(table):
            if (len(table) + number) % 3 == 0:  # the buyer's own
                row |= {"source": OWN_RECORDS, "confidence": "sourced"}
            if rng.random() < 0.1:
                row["assumed"] = f"{next(iter(row))}: a guess"


def _own_ids(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """The caller's own ids of some rows."""
    for table in ("sites", "materials", "offers", "demand"):
        for number, row in enumerate(rows[table]):
            if rng.random() < 0.3:
                row["ref"] = f"{table[0].upper()}-{number}"
                if table != "demand":
                    row["label"] = f"{table[:-1].title()} ({number})"


def _trade(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """What is normally shipped under some controls, and what else may be."""
    for row in rows["controls"]:
        if row["kind"] not in ("export", "content"):
            continue
        if rng.random() < 0.4:
            row |= {"validity_days": int(rng.integers(20, 400)), "headroom": _number(rng, 0, 2)}
        if rng.random() < 0.3:
            row["new_business"] = _number(rng, 0, 30)
        origins = set(str(row["origin"]).split(";"))
        leaves = sorted(origins if row["kind"] == "export" else set(countries) - origins)
        for origin in leaves if rng.random() < 0.6 else ():
            bound = {word.strip() for word in str(row.get("destinations", "*")).split(";")}
            to = sorted(some for some in set(countries) - origins - {origin} if bound & {"*", some})
            named = [str(rng.choice(to))] if to and rng.random() < 0.6 else []
            group = str(rng.choice(["oxide", "magnet"]))
            said = {"control": row["control"], "origin": origin, "group": group, "tonnes": _number(rng, 0, 80)}
            if rng.random() < 0.5:
                said |= {"basis": "market", "share": _number(rng, 0.1, 1), "from": dt.date(2025, 1, 1)}
            if rng.random() < 0.3:
                said["headroom"] = _number(rng, 0.5, 2)
            rows["trade"] += [{**said, "destination": country} for country in named]
            if rng.random() < 0.5:
                site = rows["sites"][int(rng.integers(len(rows["sites"])))]
                rows["trade"].append({**said, "customer": str(site["site"])})


def _bases(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Limits on purchases, and on use over other days of stock; stock of what was made where it lies under the former."""
    names = list(dict.fromkeys(row["limit"] for row in rows["limits"]))
    plain = set(names) if rng.random() < 0.3 else {name for name in names if rng.random() < 0.2}
    days = {name: float(rng.choice([30.0, 180.0, 3000.0])) for name in names}
    for row in rows["limits"]:
        row |= {"basis": "purchases"} if row["limit"] in plain else {"stock_days": days[row["limit"]]}
    for row in rows["stocks"] if plain == set(names) else ():
        if rng.random() < 0.3:
            del row["origin"]


def _lean_stocks(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Stock of what stands in for a product, and a cover of it where it is wanted itself: one stock for two covers."""
    stands_in = any(row["material"] == "magnet-lean" for row in rows["substitutions"])
    wanted = {row["site"] for row in rows["demand"] if row["product"] == "magnet-lean"}
    for site in sorted({row["site"] for row in rows["demand"]}) if stands_in else ():
        if rng.random() < 0.6:
            room = {"origin": countries[0], "opening": _number(rng, 0, 4), "capacity": 10.0, "holding": 50.0}
            cover = {"cover": _number(rng, 5, 40), "penalty": 15000.0} if site in wanted else {}
            rows["stocks"].append({"site": site, "material": "magnet-lean", **room, **cover})


def _grants(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Licences granted by steps: of controls, of what they let go to one country, and of approvals."""
    for row in rows["controls"]:
        if row["kind"] not in ("export", "content", "end_use") or rng.random() < 0.7:
            continue
        row["processing_days"] = 0.0
        origins = set(str(row["origin"]).split(";"))
        bound = {word.strip() for word in str(row.get("destinations", "*")).split(";")}
        to = sorted(some for some in set(countries) - origins if bound & {"*", some})
        some: list[dict[str, Any]] = [{}]
        if row["kind"] != "end_use":
            some += [{"destination": to[int(rng.integers(len(to)))]}] if to else []
            own = [line for line in rows["approvals"] if line["control"] == row["control"]]
            for line in own[:1]:
                line["processing_days"] = 0.0
                some.append({"approval": line["approval"]})
        for whose in some if rng.random() < 0.7 else some[-1:]:
            days = sorted({_number(rng, 0, 90) for _ in range(int(rng.integers(1, 4)))})
            for day, share in zip(days, sorted(_number(rng, 0, 1) for _ in days), strict=True):
                rows["grants"].append({"control": row["control"], **whose, "days": day, "share": share})


def _holds(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Goods that export controls leave free and customs hold: to all countries that they restrict, or to one."""
    named = [row for row in rows["controls"] if row["kind"] == "export" and row.get("elements")]
    if named and rng.random() < 0.3:
        other = {"control": f"{named[0]['control']}-more", "approval": 1.0, "headroom": 50.0, "new_business": 500.0}
        rows["controls"].append({**named[0], **other, "elements": "Sm"})
    for row in rows["controls"]:
        if row["kind"] != "export" or not row.get("elements") or rng.random() < 0.4:
            continue
        origins = {word.strip() for word in str(row["origin"]).split(";")}
        bound = {word.strip() for word in str(row.get("destinations", "*")).split(";")}
        to = sorted(some for some in set(countries) - origins if bound & {"*", some})
        for stage in str(row["stages"]).split(";"):
            for where in [{}, *({"destination": some} for some in to[:1])]:
                lasts = {"lasts": int(rng.integers(1, 200))} if rng.random() < 0.5 else {}
                days = _number(rng, 0, 60)
                rows["holds"].append(
                    {"control": row["control"], "stage": stage.strip(), **where, "days": days, **lasts}
                )


def _backlogs(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Export controls whose goods wait at the exporter until they are decided."""
    for row in rows["controls"]:
        if row["kind"] == "export" and rng.random() < 0.4:
            row |= {"waits": "at_exporter", "multiple": 1 + _number(rng, 0, 1)}


def _routes(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Ways over which only so much may go, and beside some of them a dear fast one, for all goods or for some."""
    for row in list(rows["routes"]):
        if rng.random() < 0.2:
            row["capacity"] = _number(rng, 0, 40)
        if row["from_country"] != row["to_country"] and rng.random() < 0.25:
            row |= {"mode": "sea"} if rng.random() < 0.5 else {}
            fast = {"freight": 5 * row["freight"], "transit": _number(rng, 0, 5), "mode": "air"}
            some = {"stage": str(rng.choice(["magnet", "oxide; magnet"]))} if rng.random() < 0.5 else {}
            room = {"capacity": _number(rng, 0, 20)} if rng.random() < 0.5 else {}
            rows["routes"].append({key: row[key] for key in ("from_country", "to_country")} | fast | some | room)


def _sales(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Who takes swarf and oxide that are left over, pays for them or treats them, and a market for magnets."""
    for number, material in enumerate(("swarf", "dy-oxide", "swarf", "magnet-lean")):
        if rng.random() < 0.8:
            continue
        sites = sorted({row["site"] for row in rows["plants"] if row["process"] == "press"})
        place = str(rng.choice([*countries, *sites]))
        price = {"swarf": _number(rng, -400, 9000), "dy-oxide": 9000.0, "magnet-lean": 3000.0}[material]
        sale = {"material": material, "place": place, "price": price, "tonnes": _number(rng, 1, 30)}
        sale |= {"buyer": f"buyer-{number}"} if number else {}
        if material == "magnet-lean":
            sale["market"] = True
        if rng.random() < 0.4:
            sale["from"] = _day(rng, -60, 200)
            sale["until"] = sale["from"] + dt.timedelta(days=int(rng.integers(60, 500)))
        rows["sales"].append(sale)


RATES = {"EUR": 1.1, "CNY": 0.14, "JPY": 0.0066, "KRW": 0.00072}
PRICED = {"offers": "price", "plants": "cost", "contracts": "price", "sales": "price"}


def _prices(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Prices in other currencies, prices that follow indices, and duties on what an index says."""
    if rng.random() < 0.4:
        return
    begins = START - dt.timedelta(days=600)
    rows["price_indices"] += [
        {"index": name, "unit": name, "from": begins, "value": rate} for name, rate in RATES.items()
    ]
    for name, unit, value in (("nd", "t", 60000.0), ("dy", "kg", 250.0)):
        currency = str(rng.choice(["USD", *RATES]))
        said = {"index": name, "unit": unit, "currency": currency, "from": begins}
        rows["price_indices"].append({**said, "value": round(value / RATES.get(currency, 1.0), 4)})
        later = {
            "from": _day(rng, 20, 300),
            "value": round(_number(rng, 0.7, 1.6) * value / RATES.get(currency, 1.0), 4),
        }
        rows["price_indices"].append({**said, **later})
    for formula, terms in (("part", {"nd": 0.05}), ("both", {"nd": 0.03, "dy": 0.01}), ("whole", {"dy": 0.1})):
        bounds = {"floor": _number(rng, 0, 900), "cap": 1e9} if rng.random() < 0.5 else {}
        for index, share in terms.items():
            lags = {"lag": float(rng.integers(0, 60)), "averaging": float(rng.integers(0, 90))}
            rows["price_formulas"].append({"formula": formula, "index": index, "share": share, **lags, **bounds})
        if rng.random() < 0.3:
            del rows["price_formulas"][-1]["lag"]
    for table, column in PRICED.items():
        for row in rows[table]:
            if rng.random() < (0.3, 0.7)[table in ("contracts", "sales")] and row.get(column) is not None:
                row["currency"] = str(rng.choice([*RATES]))
                row[column] = round(row[column] / RATES[row["currency"]], 3)
            if rng.random() < 0.25 and row.get(column) is not None:
                row["formula"] = str(rng.choice(["part", "both", "whole"]))
    for row in rows["duties"]:
        if rng.random() < 0.4:
            row["base"] = "whole"


def _signed(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Contracts that are signed, settled by the year, and under which what was paid for comes later or is paid back."""
    for row in rows["contracts"]:
        if rng.random() < 0.4:
            row["signed"] = round(float(rng.choice([0.0, 0.3, 1.0])) * row["max_volume"], 4)
            if rng.random() < 0.3:
                del row["max_volume"]
        if rng.random() < 0.5:
            row["settled"] = "year"
        if rng.random() < 0.5:
            row["carry_over"] = True
        if rng.random() < 0.4:
            row["prepaid"] = _number(rng, 0, 3)
        if rng.random() < 0.5:
            row["prepaid_lost"] = False


def _least_volumes(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Contracts of which so much is reserved at least, if any is."""
    for row in rows["contracts"]:
        if rng.random() < 0.4:
            row["min_volume"] = row.get("max_volume", row.get("signed", 0.0)) * _number(rng, 0.2, 0.9)


def _ramps(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Plants that go up little by little, from what they ran at or from anything."""
    for site, process in sorted({(row["site"], row["process"]) for row in rows["plants"]}):
        if rng.random() < 0.2:
            terms = {"ramp": _number(rng, 0.05, 0.9)} | ({"running": _number(rng, 0, 9)} if rng.random() < 0.6 else {})
            for row in rows["plants"]:
                if (row["site"], row["process"]) == (site, process):
                    row.update(terms)


def _leads(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Sellers and plants of which what is ordered comes later, some with orders from before the first day."""
    for site, process in sorted({(row["site"], row["process"]) for row in rows["plants"]}):
        terms = {"lead": int(rng.integers(1, 120)), "ordered": _number(rng, 0, 4) * float(rng.integers(0, 2))}
        if rng.random() < 0.1:
            for row in rows["plants"]:
                if (row["site"], row["process"]) == (site, process):
                    row.update(terms)
    for row in rows["offers"]:
        if rng.random() < 0.15 and not row["offer"].startswith(ASSURED):
            row["lead"] = int(rng.integers(1, 120))
            if rng.random() < 0.6:
                row["ordered"] = _number(rng, 0.1, 2)


def _terms(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """Terms of payment and of trade; the seller pays the freight of magnets that it does not make itself."""
    hubs = {row["material"] for row in rows["materials"] if row.get("hub")}
    made = {row["site"] for row in rows["plants"]}
    for table in ("offers", "contracts"):
        for row in rows[table]:
            if rng.random() < 0.3:
                row["payment_days"] = int(rng.integers(-60, 120))
    for site, process in sorted({(row["site"], row["process"]) for row in rows["plants"]}):
        days = int(rng.integers(-60, 120))
        for row in rows["plants"] if rng.random() < 0.2 else ():
            if (row["site"], row["process"]) == (site, process):
                row["payment_days"] = days
    terms = {site: str(rng.choice(TERMS)) for site in sorted({row["site"] for row in rows["offers"]} - made)}
    for row in rows["offers"]:
        if row["site"] in terms:
            paid = row["material"] not in hubs
            row["incoterm"] = terms[row["site"]] if paid or terms[row["site"]][0] in "EF" else "EXW"


def _today(rows: Rows, rng: np.random.Generator, countries: list[str]) -> None:
    """What the plan that runs today brings of finished goods, from makers and from others, in one step or in two."""
    buyers = sorted({row["site"] for row in rows["demand"]})
    sellers = sorted({(row["site"], row["material"]) for row in rows["offers"] if row["material"] == "magnet"})
    makers = sorted({(row["site"], str(rng.choice(["magnet", "magnet-lean"]))) for row in rows["plants"]})
    for site, material in [*sellers, *makers][: int(rng.integers(0, 4)) if rng.random() < 0.5 else 0]:
        to = str(rng.choice(buyers))
        way = {"supplier": site, "material": material, "site": to, "tonnes": _number(rng, 0, 3)}
        if rng.random() < 0.6:
            way["penalty"] = _number(rng, 1, 5e4)
        if rng.random() < 0.3:
            way["assumed"] = "tonnes: as last year"
        elif rng.random() < 0.5:
            way |= {"source": OWN_RECORDS, "confidence": "sourced"}
        if site != to:
            rows["today"].append(way | ({"until": _day(rng, 100, 500)} if rng.random() < 0.5 else {}))
            if rng.random() < 0.4:
                rows["today"].append(way | {"from": _day(rng, -100, 90), "tonnes": _number(rng, 0, 3)})


TERMS = ("EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP")
RARITIES: tuple[Callable[[Rows, np.random.Generator, list[str]], None], ...] = (
    _sites,
    _plants,
    _expansions,
    _offers,
    _contracts,
    _duties,
    _demand,
    _substitutions,
    _stocks,
    _controls,
    _approvals,
    _limits,
    _availability,
    _goods,
    _elsewhere,
    _own_ids,
    _trade,
    _lean_stocks,
    _bases,
    _grants,
    _routes,
    _holds,
    _backlogs,
    _sales,
    _prices,
    _told,
    _signed,
    _ramps,
    _leads,
    _terms,
    _least_volumes,
    _today,
)
"""In this order: a later one sees what an earlier one has added. A new one goes to the end, but for what is told, or behind that what is told of no
row of its own."""
