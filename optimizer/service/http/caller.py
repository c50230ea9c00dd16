"""Who calls: the tenant and the scopes of the key that a request brings."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from optimizer.service.problems import ProblemError
from optimizer.service.store.keys import Keys
from optimizer.service.store.records import SCOPES, Tenant

IMPLIED = {scope: set(SCOPES[: number + 1]) for number, scope in enumerate(SCOPES)}
"""What a key of each scope may do."""
REMEMBERED = 4096
"""Keys that are remembered at most."""
bearer = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    bearerFormat="ls_...",
    description="A key made by `lodestar keys`. Scope `read` reads, `plan` also writes cases and scenarios and makes "
    "jobs, `admin` also sets webhooks.",
)


@dataclass(frozen=True)
class Caller:
    """Who calls, and what they may do.

    Parameters
    ----------
    tenant : Tenant
        Whose key it is; everything that is kept is kept by it.
    key : str
        Id of the key.
    scopes : frozenset of str
        With those that follow from others.
    """

    tenant: Tenant
    key: str
    scopes: frozenset[str]


class KnownKeys:
    """Keys that were found a moment ago, so that not every request asks the database.

    Parameters
    ----------
    keys : Keys
    seconds : float
        For how long one is believed; a key revoked meanwhile still works for so long.
    """

    def __init__(self, keys: Keys, seconds: float) -> None:
        self.keys = keys
        self.seconds = seconds
        self._found: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()
        self._lock = threading.Lock()

    def remembered(self, secret: str) -> Caller | None:
        """Whose a key is, if that was found a moment ago."""
        with self._lock:
            until, caller = self._found.get(_digest(secret), (0.0, None))
        return caller if time.monotonic() < until else None

    def find(self, secret: str) -> Caller | None:
        """Whose a key is, from the database; None for one that there is not, or that is revoked."""
        began = time.monotonic()
        found = self.keys.find(secret)
        with self._lock:
            self._found.pop(_digest(secret), None)
            if found is None:
                return None
            key, tenant = found
            scopes = frozenset().union(*(IMPLIED.get(scope, set()) for scope in key.scopes))
            caller = Caller(tenant, key.id, scopes)
            self._found[_digest(secret)] = began + self.seconds, caller
            while len(self._found) > REMEMBERED:
                self._found.popitem(last=False)
        return caller


def _digest(secret: str) -> bytes:
    """What a key is remembered by: the key itself is not kept in memory."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


async def caller(
    request: Request,
    scopes: SecurityScopes,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Caller:
    """Who calls; the scopes that a route needs stand where it asks for a caller.

    Parameters
    ----------
    request : Request
    scopes : SecurityScopes
        Those that its key must have.
    given : HTTPAuthorizationCredentials or None
        The key, as it was sent.

    Raises
    ------
    ProblemError
        Without a key, with one that there is not, or with one that may not do this.
    """
    if given is None:
        raise ProblemError("no-key", "expected Authorization: Bearer KEY", headers={"WWW-Authenticate": "Bearer"})
    known: KnownKeys = request.app.state.keys
    found = known.remembered(given.credentials) or await run_in_threadpool(known.find, given.credentials)
    if found is None:
        headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise ProblemError("no-key", "expected a key that is known and not revoked", headers=headers)
    request.state.tenant = found.tenant.id
    for scope in scopes.scopes:
        if scope not in found.scopes:
            headers = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
            raise ProblemError("no-scope", f"expected a key of scope {scope}", headers=headers)
    return found


MayRead = Annotated[Caller, Security(caller, scopes=["read"])]
MayPlan = Annotated[Caller, Security(caller, scopes=["plan"])]
MayAdmin = Annotated[Caller, Security(caller, scopes=["admin"])]
