"""Every table a case may have: one frozen record per row, with units and bounds.

The CSV header of a table is the field names of its record. A field without a default must be filled in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args, get_type_hints

from optimizer.case.references import ONE, Kind, definitions, references
from optimizer.case.rows import Row
from optimizer.case.topics.content import ContentTables
from optimizer.case.topics.contracts import ContractsTables
from optimizer.case.topics.demand import DemandTables
from optimizer.case.topics.goods import GoodsTables
from optimizer.case.topics.licences import LicencesTables
from optimizer.case.topics.limits import LimitsTables
from optimizer.case.topics.prices import PricesTables
from optimizer.case.topics.projects import ProjectsTables
from optimizer.case.topics.sales import SalesTables
from optimizer.case.topics.stock import StockTables
from optimizer.case.topics.supply import SupplyTables
from optimizer.case.topics.transport import TransportTables
from optimizer.errors import CaseError
from optimizer.faults import Fault


@dataclass(frozen=True)
class Tables(
    LimitsTables,
    PricesTables,
    SalesTables,
    StockTables,
    DemandTables,
    LicencesTables,
    ContentTables,
    ProjectsTables,
    ContractsTables,
    TransportTables,
    SupplyTables,
    GoodsTables,
):
    """The rows of every table of a case, shared and own.

    A table is a field in the file of its topic; files, documentation and checks follow from it. That fields stand in
    the order of the topics, the last topic comes first.
    """

    @classmethod
    def of(cls, rows: Mapping[str, Iterable[Row]]) -> Tables:
        """Tables from rows by the name of their table; those not named are empty.

        Parameters
        ----------
        rows : mapping of str to iterable of Row
            Rows of each table, records of the class that `TABLES` gives.

        Raises
        ------
        CaseError
            For every table that there is not, and every row that is not of its table.
        """
        return cls().replaced(**rows)

    def replaced(self, **rows: Iterable[Row]) -> Tables:
        """The same with other rows in some tables; what can be wrong is said in `of`."""
        faults = [Fault.near("tables", None, f"no such table {name!r}", name, TABLES) for name in rows.keys() - TABLES]
        found: dict[str, Any] = {name: tuple(some) for name, some in rows.items() if name in TABLES}
        for name, some in found.items():
            for number, row in enumerate(some):
                if not isinstance(row, TABLES[name]):
                    said = f"expected a {TABLES[name].__name__}, found a {type(row).__name__}"
                    faults.append(Fault(f"{name}, row {number}", said, code="wrong-shape", table=name))
        if faults:
            raise CaseError(faults)
        return replace(self, **found)

    def rows(self, table: str) -> tuple[Any, ...]:
        """The rows of a table by its name, for code that treats any table alike; KeyError if there is no such table."""
        found: tuple[Any, ...] = vars(self)[table]
        return found

    def named(self, table: str) -> dict[str, Any]:
        """The rows of a table by their name, the first field of its key."""
        return {getattr(row, row.key[0]): row for row in self.rows(table)}

    def items(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Every table: its name and its rows."""
        return ((name, self.rows(name)) for name in TABLES)


def _records() -> dict[str, type[Row]]:
    """The record of each field of `Tables`."""
    return {name: get_args(rows)[0] for name, rows in get_type_hints(Tables).items()}


TABLES: dict[str, type[Row]] = _records()
"""Every table a case may have, by file name, and the record of its rows."""

DEFINED_IN: dict[Kind, tuple[type[Row], ...]] = {
    kind: tuple(record for record in TABLES.values() if kind in (some for _, some in definitions(record)))
    for kind in ONE
}
"""The records that define names of each kind; none where these are the same in every case."""


def referred(table: str) -> dict[str, str]:
    """The fields of a table that name rows of another one, and which table that is."""
    return {
        field: ref.kinds[0] for field, ref in references(TABLES[table]).items() if ref.alone and ref.kinds[0] in TABLES
    }
