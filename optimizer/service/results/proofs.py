"""Which answers of a job are proved: none that is not is ever taken for a number, nor its absence for a zero."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from optimizer.errors import InputError
from optimizer.faults import Fault


class NotCertifiedError(Exception):
    """None of the answers asked for is certified; its text says why."""


@dataclass(frozen=True)
class Proofs:
    """Every answer of a job, and the units of its numbers.

    Parameters
    ----------
    answers : dict
        By scenario and answer: None if it is certified, else its status.
    units : dict
        Of columns of numbers.
    """

    answers: dict[tuple[str, str], str | None] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, certificate: bytes) -> Proofs:
        """What a certificate states."""
        said = json.loads(certificate)
        proved = {(one["scenario"], one["answer"]): None for one in said["certificates"]}
        other = {(one["scenario"], one["answer"]): one["status"] for one in said["not_certified"]}
        return cls(proved | other, said.get("units", {}))

    def check(self, scenarios: Sequence[str], answers: Sequence[str]) -> None:
        """Refuse scenarios and answers that the job does not have.

        Parameters
        ----------
        scenarios, answers : sequence of str
            Those asked for; none for all.

        Raises
        ------
        InputError
            With every one.
        """
        have = {"scenario": {key[0] for key in self.answers}, "answer": {key[1] for key in self.answers}}
        faults = [
            Fault.unknown("query", column, column, name[:80], have[column])
            for column, names in (("scenario", scenarios), ("answer", answers))
            for name in names
            if self.answers and name not in have[column]
        ]
        if faults:
            raise InputError(faults)

    def without(self, scenarios: Sequence[str], answers: Sequence[str]) -> list[dict[str, str]]:
        """Of the answers asked for those without a certificate.

        Parameters
        ----------
        scenarios, answers : sequence of str
            Those asked for; none for all.

        Raises
        ------
        InputError
            As `check`.
        NotCertifiedError
            If that is all of them: no rows are not zero.
        """
        self.check(scenarios, answers)
        asked = [
            key for key in self.answers if (not scenarios or key[0] in scenarios) and (not answers or key[1] in answers)
        ]
        found = [
            {"scenario": key[0], "answer": key[1], "status": status}
            for key in asked
            if (status := self.answers[key]) is not None
        ]
        if found and len(found) == len(asked):
            listed = ", ".join(f"{one['scenario']} ({one['answer']}): {one['status']}" for one in found[:5])
            raise NotCertifiedError(f"no answer that is certified, so there are no numbers: {listed}")
        return found
