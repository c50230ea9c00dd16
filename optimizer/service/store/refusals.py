"""What the store refuses, and why."""

from __future__ import annotations

from optimizer.errors import LodestarError


class RefusalError(LodestarError):
    """Base of what the store refuses."""


class UnknownError(RefusalError):
    """Nothing of that name or id belongs to the tenant."""


class UnfitError(UnknownError):
    """A name has letters that a database does not take (no text, or its end), so nothing can have that name."""


class StateError(RefusalError):
    """A job is not in a state in which that can be done to it."""


class KeyReusedError(RefusalError):
    """An idempotency key came again with another request."""


class TwinInFlightError(RefusalError):
    """A request with the same idempotency key is being worked on."""


class RevisionError(RefusalError):
    """A case or scenario is not, or no longer, at the revision that was said."""


class UnavailableError(RefusalError):
    """The database cannot be reached, or is busy for too long; the same again may work."""


class CapReachedError(RefusalError):
    """A tenant has, or has used, as much as it may.

    Parameters
    ----------
    what : str
        As in `queued jobs`.
    limit : float
        How much it may have.
    retry_after : float
        Seconds after which it may be worth trying again.
    """

    def __init__(self, what: str, limit: float, retry_after: float) -> None:
        self.what, self.limit, self.retry_after = what, limit, retry_after
        super().__init__(f"no more than {limit:,.0f} {what}")
