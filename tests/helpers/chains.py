"""Random chains of content: up to three stages, one or two makers, rules and periods, with stock and without."""

from __future__ import annotations

import random
import shutil
from itertools import pairwise
from pathlib import Path

from tests.helpers.paths import CASES

STAGES = ("oxide", "metal", "alloy", "magnet")


def chain(folder: Path, seed: int) -> Path:
    """Write a case in which cheap Chinese goods are diluted at every stage, made like that of content across stages."""
    chance = random.Random(seed)
    shutil.copytree(CASES / "content-across-stages", folder)
    stages = ["oxide", *(some for some in STAGES[1:3] if chance.random() < 0.7), "magnet"]
    hubs = {some: chance.random() < 0.4 and some != "magnet" for some in stages}
    goods = [f"{some},{some},{chance.choice([8, 10, 12])},{'true' if hubs[some] else ''}" for some in stages]
    _write(folder, "materials", "material,stage,unit_value,hub", [*goods, f"additive,{chance.choice(stages[:-1])},10,"])
    _write(folder, "sites", "site,company,country,owner", ["cn,cn,CN,CN", "clean,clean,AU,AU", "bb,bb,JP,JP", "cc,cc,JP,JP", "de,de,DE,DE"])  # fmt: skip
    clean = f"au-oxide,clean,oxide,{chance.choice([3000, 10000])},1000"
    offers = ["cn-oxide,cn,oxide,1000,1000", clean, "cn-additive,cn,additive,1000,1000"]
    dear = ["au-additive,clean,additive,20000,1000"] if chance.random() < 0.5 else []
    _write(folder, "offers", "offer,site,material,price,capacity", offers + dear)
    recipes, plants = [], []
    for before, after in pairwise(stages):
        part, name = chance.choice([0, 0.05, 0.1, 0.2]), f"make-{after}"
        recipes += [f"{name},{name},{before},{part - 1:g}", f"{name},{name},{after},1"]
        recipes += [f"{name},{name},additive,{-part:g}"] if part else []
        for site in ("bb", "cc") if chance.random() < 0.6 else ("bb",):
            plants.append(f"{site},{name},2027-01-01,{chance.choice([60, 1000])},{chance.choice([0, 10])}")
    _write(folder, "recipes", "recipe,process,material,tonnes", recipes)
    _write(folder, "plants", "site,process,from,capacity,cost", plants)
    days = chance.choice([0, 30]), chance.choice([0, 20])
    routes = [f"CN,JP,0,{days[0]}", "AU,JP,0,0", f"JP,DE,0,{days[1]}"]
    _write(folder, "routes", "from_country,to_country,freight,transit", routes)
    count = chance.choice([1, 2, 4])
    head = "version: 1\nname: chain\ntitle: t\nstart: 2027-01-01\ndiscount_rate: 0\n"
    text = f"{head}periods: [{{count: {count}, months: {12 // count}}}]\n"
    (folder / "case.yaml").write_text(text, encoding="utf-8")
    demand = [f"de,magnet,civil,2027-01-01,100,{chance.choice([30000, 100000])}"]
    _write(folder, "demand", "site,product,end_use,from,tonnes,penalty", demand)
    told = "content,authority,citation,CN,"
    threshold, approval = chance.choice([0.05, 0.1, 0.25, 0.4]), chance.choice([0, 0, 0.3])
    rules = [f"content,{told},{'; '.join(stages)},*,{threshold},2026-12-01,2027-01-01,{approval}"]
    if chance.random() < 0.4:
        day = chance.choice(["2027-04-01", "2027-07-01"])
        rules.append(f"late,{told},{'; '.join(stages[:2])},*,{chance.choice([0.02, 0.3])},2026-12-01,{day},0")
    names = "control,kind,authority,citation,origin,elements,stages,destinations,threshold,announced,effective,approval"
    _write(folder, "controls", names, rules)
    if chance.random() < 0.5:
        _write(
            folder, "stocks", "site,material,opening,capacity,holding", [f"de,magnet,{chance.choice([0, 10])},50,10"]
        )
    return folder


def _write(folder: Path, name: str, head: str, rows: list[str]) -> None:
    """Write a table; rows go without source and confidence."""
    lines = [f"{head},source,confidence", *(f"{row},invented,assumption" for row in rows)]
    (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
