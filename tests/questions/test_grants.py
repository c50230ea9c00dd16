"""What is said of controls whose licences are granted by steps, and of what applying costs."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

from rich.console import Console

from optimizer.interfaces.controls import print_controls
from optimizer.network.build import network_of
from optimizer.questions.controls import controls
from optimizer.world.load import load_case
from tests.helpers.two_destinations import case

CONTROL = "control,kind,authority,citation,origin,stages,destinations,effective,approval,application_cost"
GRANTS = "control,destination,days,share\nto-us,,63,1\nto-us,,26,0.5\nto-us,US,10.5,0.9"


def test_steps_and_the_cost_of_an_application_are_said(tmp_path: Path) -> None:
    controlled = f"{CONTROL}\nto-us,export,a,c,CN,magnet,US,2027-01-01,0.1,1250"
    network = network_of(load_case(case(tmp_path, controls=controlled, grants=GRANTS)))
    day, text = dt.date(2027, 1, 1), io.StringIO()
    table = controls(network, day)
    assert table["grants"].tolist() == ["50 % after 26 days, 100 % after 63 days; US: 90 % after 10.5 days"]
    print_controls(Console(file=text, width=400), table, "case", day)
    assert "50 % after 26 days, 100 % after 63 days; US: 90 % after 10.5 days, valid for 365" in text.getvalue()
    assert "applying costs 1,250 USD/t" in text.getvalue()
