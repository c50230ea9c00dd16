"""Every table a case may have: one frozen record per row, with units and bounds.

The CSV header of a table is the field names of its record. A field without a default must be filled in.
"""

from __future__ import annotations

from optimizer.case.buyer import Arrival, Availability, Contract, Demand, Project, Stock, Substitution
from optimizer.case.policy import Approval, Control, Limit
from optimizer.case.rows import Row
from optimizer.case.world import Duty, ExportCharge, Material, Offer, Origin, Plant, Recipe, Route, Site

TABLES: dict[str, type[Row]] = {
    "materials": Material,
    "sites": Site,
    "recipes": Recipe,
    "plants": Plant,
    "offers": Offer,
    "origins": Origin,
    "contracts": Contract,
    "routes": Route,
    "duties": Duty,
    "export_charges": ExportCharge,
    "demand": Demand,
    "substitutions": Substitution,
    "stocks": Stock,
    "arrivals": Arrival,
    "projects": Project,
    "controls": Control,
    "approvals": Approval,
    "limits": Limit,
    "availability": Availability,
}
"""Every table a case may have, by file name."""

REFERENCES: dict[str, dict[str, str]] = {
    "recipes": {"material": "materials"},
    "plants": {"site": "sites"},
    "offers": {"site": "sites", "material": "materials"},
    "origins": {"offer": "offers", "material": "materials"},
    "contracts": {"offer": "offers"},
    "demand": {"site": "sites", "product": "materials"},
    "substitutions": {"product": "materials", "material": "materials"},
    "stocks": {"site": "sites", "material": "materials"},
    "arrivals": {"site": "sites", "material": "materials"},
    "projects": {"site": "sites"},
    "approvals": {"control": "controls"},
    "limits": {"materials": "materials"},
}
"""For each table, the fields that name a row of another table."""

ELEMENTS = tuple(
    [
        "NdPr",
        "Co",
        "Sc",
        "Y",
        "La",
        "Ce",
        "Pr",
        "Nd",
        "Pm",
        "Sm",
        "Eu",
        "Gd",
        "Tb",
        "Dy",
        "Ho",
        "Er",
        "Tm",
        "Yb",
        "Lu",
        "Fe",
        "B",
        "Ga",
    ]
)
"""Elements a material or a control may name; NdPr is traded as one."""
