"""What there is to say of a case and its scenarios without a fault: worked out when it is asked for, and once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from optimizer.faults import Finding
from optimizer.network.idle_rows import IdleRow, idle_rows, own, shared_rows
from optimizer.network.network import Network
from optimizer.network.plausible_events import changes_nothing, event_findings
from optimizer.network.unread_cells import UnreadCells, unread_cells
from optimizer.world.added import added_places
from optimizer.world.plausible import case_findings
from optimizer.world.scenario import Scenario
from optimizer.world.select import Selector


@dataclass
class Remarks:
    """What there is to say of a case and of scenarios in it.

    Parameters
    ----------
    network : Network
        The case.
    laid_out : Network
        The same with the rows that its scenarios add.
    selector : Selector
    bundled : bool
        Whether the scenarios are those that come with the programme.
    """

    network: Network
    laid_out: Network
    selector: Selector
    bundled: bool

    @cached_property
    def _idle(self) -> list[IdleRow]:
        """Rows that reach nothing."""
        return idle_rows(self.network)

    @cached_property
    def findings(self) -> list[Finding]:
        """Of the rows: what can hardly be meant, those of its own that reach nothing, and of those that are added."""
        case = self.network.case
        found = [*case_findings(case), *(row.finding for row in self._idle if own(row.place))]
        if self.laid_out is not self.network:
            wide = self.laid_out.case
            places = set(added_places(wide))
            found += [some for some in case_findings(replace(wide, added={})) if some.where in places]
        return found

    @cached_property
    def unused(self) -> dict[str, tuple[int, int]]:
        """Of the shared rows of each table those that reach nothing, and how many there are."""
        return shared_rows(self.network.case, self._idle)

    @cached_property
    def unread(self) -> list[UnreadCells]:
        """Columns that nothing reads in some rows."""
        return unread_cells(self.network)

    def of(self, scenario: Scenario) -> list[Finding]:
        """What a scenario that fits says and can hardly mean.

        Parameters
        ----------
        scenario : Scenario
        """
        found = event_findings(scenario, self.laid_out, self.selector)
        if not self.bundled:
            return found
        # Nobody wrote these for the case: that one of many events finds nothing there is no slip.
        nothing = changes_nothing(scenario, found)
        return [] if nothing is None else [nothing]
