"""What licences let through by day: a share of the reference, of all and of those whom approvals reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.network.network import Floats, Ints, Network
from optimizer.network.reference import Reference, years_of
from optimizer.network.sets import Licence
from optimizer.world.controls import caught_up

Days = NDArray[np.bool_]
FIRST_YEAR = 365
"""Days at the start of the horizon whose demand a row of `trade` stands for."""


@dataclass(frozen=True, eq=False)
class Licensed:
    """What is licensed in a world that has a reference, t/year by day.

    Parameters
    ----------
    world : Network
    reference : Reference
    """

    world: Network
    reference: Reference

    @cached_property
    def control(self) -> Ints:
        """Row of the control of each licence."""
        number = self.world.case.by.control_numbers
        return np.array([number[key.control] for key in self.world.index["licences"]], np.int64)

    @cached_property
    def whole(self) -> Ints:
        """The licence of all that each licence of applicants is a part of."""
        place = {key: number for number, key in enumerate(self.world.index["licences"])}
        of = self.world.structure.licensing.whole
        return np.array([place[of(key)] for key in self.world.index["applicant_licences"]], np.int64)

    @cached_property
    def normal(self) -> Floats:
        """The reference of each licence, shape (licences, days): of `trade`, moved with the demand, or of the plan."""
        licensing, rows = self.world.structure.licensing, self.world.case.tables.trade
        found = self.reference.shipped[:, years_of(self.world.calendar)]
        for number, key in enumerate(self.world.index["licences"]):
            if key in licensing.stated:
                found[number] = rows[licensing.stated[key]].rate * self._growth(licensing.demands[key])
        return found

    def _growth(self, rows: tuple[int, ...]) -> Floats:
        """Demand of each day over that of the first year as the case states it; 1 where there is none in that."""
        world = self.world
        first = int(world.calendar.offsets[0])
        year = slice(first, first + FIRST_YEAR)

        def wanted(some: Network) -> Floats:
            held = some.timelines.series("demand", "tonnes") * some.timelines.active("demand")
            return np.asarray(held[list(rows)].sum(axis=0))

        before = float(wanted(world.base or world)[year].mean())
        return wanted(world) / before if before > 0 else np.ones(world.calendar.days)

    @cached_property
    def headroom(self) -> Floats:
        """What may be licensed of it at an approval of 1, shape (licences, days)."""
        licensing, rows = self.world.structure.licensing, self.world.case.tables.trade
        found = self.world.timelines.series("controls", "headroom")[self.control].copy()
        for number, key in enumerate(self.world.index["licences"]):
            own = rows[licensing.stated[key]].headroom if key in licensing.stated else None
            found[number] = found[number] if own is None else own
        return found

    @cached_property
    def most(self) -> Floats:
        """What may be licensed at an approval of 1, new business included, shape (licences, days)."""
        new = self.world.timelines.series("controls", "new_business")[self.control]
        return np.where(self.normal > 0, self.headroom * self.normal, new)

    @cached_property
    def part(self) -> Floats:
        """Share of the reference that is that of applicants, shape (applicant licences, days)."""
        return self.reference.part[:, years_of(self.world.calendar)]

    @cached_property
    def most_to(self) -> Floats:
        """The same of applicants, shape (applicant licences, days); new business is everybody's."""
        return np.asarray(self.part * (self.headroom * self.normal)[self.whole])

    @cached_property
    def passing(self) -> Floats:
        """Share that passes the control of each licence, shape (licences, days)."""
        return self._to_each(self.world.timelines.through, self.world.timelines.through_to)

    @cached_property
    def declared(self) -> Floats:
        """The same of what is declared."""
        return self._to_each(self.world.timelines.declared, self.world.timelines.declared_to)

    def _to_each(self, usual: Floats, to: Callable[[str], Floats]) -> Floats:
        """What passes the control of each licence; where its destination has steps of its own, by these."""
        found = usual[self.control]
        for number, key in enumerate(self.world.index["licences"]):
            country = self.world.structure.licensing.country.get(key, "")
            if country and (key.control, "", country) in self.world.timelines.steps_of_grants:
                found[number] = to(country)[self.control[number]]
        return np.asarray(found)

    @cached_property
    def free(self) -> Days:
        """Days on which a licence restricts nothing: out of force, or hypothetical and all approved."""
        adopted = np.array([row.adopted for row in self.world.case.tables.controls], bool)[self.control]
        force = self.world.timelines.series("controls", "in_force")[self.control] > 0.5
        return np.asarray(~force | (~adopted[:, None] & (self.passing >= 1)))

    @cached_property
    def terms(self) -> Floats:
        """On which terms applicants are licensed, as `Timelines.terms` says, shape (4, applicant licences, days)."""
        approvals, timelines = self.world.structure.licensing.approvals, self.world.timelines
        keys = self.world.index["applicant_licences"]
        found = [timelines.terms(*approvals[key.control, key.applicants]) for key in keys]
        return np.array(found).reshape(len(keys), 4, self.world.calendar.days).transpose(1, 0, 2)

    @cached_property
    def to_all(self) -> Floats:
        """What is licensed to all but those who left, shape (licences, days); nothing on free days."""
        left = self.most.copy()
        np.subtract.at(left, self.whole, self.terms[0] * self.most_to)
        found = np.where(self.free, 0.0, self.passing * np.maximum(0.0, left))
        waits = [self.world.case.tables.controls[row].waits == "at_exporter" for row in self.control]
        for number in np.flatnonzero(waits):
            found[number] = np.where(
                self.free[number], 0.0, self._made_up_for(int(number), np.maximum(0.0, left[number]))
            )
        return np.asarray(found)

    def _made_up_for(self, number: int, left: Floats) -> Floats:
        """What is licensed of a licence whose goods wait at the exporter, t/year by day: what was not decided too."""
        world, control = self.world, self.control[number]
        country = world.structure.licensing.country.get(world.index["licences"][number], "")
        force, approval, multiple = (
            world.timelines.series("controls", name)[control] for name in ("in_force", "approval", "multiple")
        )
        share, tonnes = world.timelines.decided_to(country)[control], left * world.calendar.year_weights
        decided = caught_up(force > 0.5, tonnes, multiple * share * tonnes, int(world.calendar.offsets[0]))
        return np.asarray(approval * decided / world.calendar.year_weights)

    @cached_property
    def to_some(self) -> Floats:
        """What is licensed to applicants of their own, shape (applicant licences, days)."""
        return np.asarray(self.terms[0] * self.terms[1] * self.most_to)

    def quantity(self, number: int) -> Floats:
        """What may go under an approval, t/year by day: its quantity, and what others license where they count.

        Parameters
        ----------
        number : int
            Row of the approval.
        """
        row, world = self.world.case.tables.approvals[number], self.world
        control = world.case.by.control_numbers[row.control]
        held = world.timelines.series("controls", "in_force")[control] * world.timelines.active("approvals")[number]
        keys = world.index["applicant_licences"]
        under = [place for place, key in enumerate(keys) if row.approval in key.applicants.split("+")]
        others = np.where(self.terms[3][under] != number, self.to_some[under], 0.0).sum(axis=0)
        return np.asarray(held * (row.quantity or 0.0) + others)

    @cached_property
    def listed(self) -> Days:
        """Days on which an approval licenses applicants less than all they ask for, so that they are held to it."""
        return np.asarray(self.terms[2] > 0)

    @cached_property
    def left_to_some(self) -> Floats:
        """What applicants may take of the common licence, shape (applicant licences, days): all of it unless listed."""
        common = np.where(self.free, self.unrestricted, self.to_all)[self.whole]
        rest = (1 - self.terms[0]) * self.declared[self.whole] * self.most_to  # who applies by name declares
        return np.asarray(np.where(self.listed, rest, common))

    def leaves(self, licence: Licence) -> Days:
        """Days on which something may leave under a licence: free ones, and those on which a licence is valid."""
        place = self.world.index["licences"].index(licence)
        given = self.to_all[place] + self.to_some[self.whole == place].sum(axis=0)
        inside = np.arange(len(given)) >= self.world.calendar.offsets[0]
        lasts = self.world.case.tables.controls[self.control[place]].validity_days
        counts = np.concatenate([[0], np.cumsum((given > 0) & inside)])
        days = np.arange(len(given))
        lately = counts[days + 1] - counts[np.maximum(0, days - lasts)]
        return np.asarray(self.free[place] | (lately > 0))

    def bounds(self) -> Floats:
        """What may go under each licence in a period, t, shape (licences, T); infinite where all days are free.

        On days that are free in other periods the normal trade goes, or what was planned for them where that is more:
        what is licensed later is not for them.
        """
        total = self.world.calendar.total(np.where(self.free, self.unrestricted, self.to_all))
        return np.where(self.wholly_free, np.inf, total)

    @cached_property
    def unrestricted(self) -> Floats:
        """What goes on free days of periods that are not all free, t/year, shape (licences, days)."""
        if self.reference.planned is None:
            return self.most
        calendar = self.world.calendar
        inside = slice(calendar.offsets[0], calendar.offsets[-1])
        daily = np.repeat(self.reference.planned / calendar.lengths, np.diff(calendar.offsets), axis=1)
        found = self.most.copy()
        found[:, inside] = np.maximum(found[:, inside], daily / calendar.year_weights[inside])
        return found

    @cached_property
    def wholly_free(self) -> Days:
        """Periods all of whose days are free, shape (licences, T)."""
        return np.asarray(self.world.calendar.mean(self.free.astype(float)) >= 1 - EXACT)

    def tonnes(self, licence: int, days: slice) -> float:
        """What passes on some free days of a licence, t.

        Parameters
        ----------
        licence : int
            Its number in the index set.
        days : slice
            Of the axis.
        """
        return float((self.unrestricted[licence, days] * self.world.calendar.year_weights[days]).sum())

    def valid(self, daily: Floats, control: Ints) -> Floats:
        """What of licences can still be used when a period ends: those of the days for which one is valid, t.

        Parameters
        ----------
        daily : array, shape (n, days)
            What is licensed, t/year.
        control : array of int, shape (n,)
            Row of each one's control.
        """
        calendar = self.world.calendar
        tonnes = daily * calendar.year_weights
        tonnes[:, : calendar.offsets[0]] = 0.0
        summed = np.concatenate([np.zeros((len(tonnes), 1)), np.cumsum(tonnes, axis=1)], axis=1)
        lasts = np.array([self.world.case.tables.controls[row].validity_days for row in control], np.int64)
        ends = calendar.offsets[1:]
        begins = np.maximum(0, ends - lasts[:, None])
        return np.asarray(summed[:, ends] - np.take_along_axis(summed, begins, axis=1))


EXACT = 1e-12
"""A share of days that adds up to the whole but for rounding."""
