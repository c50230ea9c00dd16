"""Webhooks: where a tenant is told how its jobs ended, and what became of telling it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from optimizer.errors import InputError
from optimizer.faults import Fault, WrongError
from optimizer.service.http.bodies import JsonBody
from optimizer.service.http.caller import MayAdmin
from optimizer.service.http.jobs import OnlyJson
from optimizer.service.http.paging import Cursor, Limit, after_of, page
from optimizer.service.http.said import NAME, Name, Said
from optimizer.service.http.stores import Kept
from optimizer.service.problems import ProblemError
from optimizer.service.store.records import Told, Webhook, said
from optimizer.service.store.refusals import UnknownError
from optimizer.service.webhooks.addresses import MAX_URL, checked_url
from optimizer.service.webhooks.signing import new_secret

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
Kind = Literal["job.succeeded", "job.failed", "job.cancelled"]
WebhookName = Annotated[
    str, Path(pattern=NAME, max_length=60, description="Name of a webhook.", examples=["sourcing-tool"])
]
MOST = 20
"""Webhooks of a tenant; each is told of every job."""
RECENT = 20
"""Deliveries that are told of."""


class WebhookBody(BaseModel):
    """A webhook."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    url: Annotated[str, Field(min_length=1, max_length=MAX_URL)]
    """Where to send; `https://`, and no address inside the service's network."""
    kinds: Annotated[tuple[Kind, ...], Field(max_length=3)] = ()
    """What to tell; everything if empty."""


class DeliverySaid(Said):
    """One thing told."""

    id: str
    """As the header `Lodestar-Delivery` says it."""
    kind: str
    state: Literal["waiting", "delivered", "given up"]
    attempts: Annotated[int, Field(ge=0)]
    error: str | None
    """What was wrong with the last attempt."""
    created: str
    due: str | None
    """When it is tried next."""
    ended: str | None


class WebhookSaid(Said):
    """A webhook, without its secret."""

    name: Name
    url: str
    kinds: list[Kind]
    """What is told; everything if empty."""
    created: str


class WebhookRead(WebhookSaid):
    """A webhook, and what became of what was told last."""

    deliveries: list[DeliverySaid]
    """The newest first."""


class WebhookWritten(WebhookSaid):
    """A webhook as it was written."""

    secret: str | None = None
    """Of a new one: what its deliveries are signed with. It is said this once; for another one delete the webhook and
    write it again."""


class WebhookPage(Said):
    """A page of webhooks."""

    items: list[WebhookSaid]
    next: str | None
    """Cursor of the next page; none: this is the last."""


BODY = JsonBody.of(WebhookBody, {"url": "https://tool.example/lodestar", "kinds": ["job.succeeded", "job.failed"]})


def _said(webhook: Webhook) -> dict[str, Any]:
    """What is told of a webhook; its secret is not."""
    return {
        "name": webhook.name,
        "url": webhook.url,
        "kinds": list(webhook.kinds),
        "created": said(webhook.created),
    }


def _delivery(told: Told) -> DeliverySaid:
    """What became of something told."""
    times = {name: None if at is None else said(at) for name, at in (("due", told.due), ("ended", told.ended))}
    return DeliverySaid(
        id=told.id,
        kind=told.kind,
        state=told.state,
        attempts=told.attempts,
        error=told.error,
        created=said(told.created),
        **times,
    )


@router.get("", summary="List webhooks")
def list_webhooks(caller: MayAdmin, stores: Kept, _: OnlyJson, cursor: Cursor = None, limit: Limit = 50) -> WebhookPage:
    """The tenant's webhooks, by name."""
    after = after_of("webhooks", cursor, str)
    found = stores.webhooks.page(caller.tenant.id, after=after, limit=limit + 1)
    items, following = page("webhooks", found, limit, lambda webhook: webhook.name)
    return WebhookPage(items=[WebhookSaid(**_said(webhook)) for webhook in items], next=following)


@router.get("/{name}", summary="Read a webhook")
def get_webhook(name: WebhookName, caller: MayAdmin, stores: Kept, _: OnlyJson) -> WebhookRead:
    """A webhook, and what became of what was told last; a delivery that is never taken is given up after a day."""
    webhook = stores.webhooks.get(caller.tenant.id, name)
    recent = stores.webhooks.recent(caller.tenant.id, name, RECENT)
    return WebhookRead(**_said(webhook), deliveries=[_delivery(told) for told in recent])


@router.put(
    "/{name}",
    summary="Write a webhook",
    openapi_extra=BODY.described,
    responses={201: {"model": WebhookWritten, "description": "It is new, and its secret is said this once."}},
)
def put_webhook(
    request: Request,
    response: Response,
    name: WebhookName,
    caller: MayAdmin,
    stores: Kept,
    body: Annotated[WebhookBody, Depends(BODY)],
    _: OnlyJson,
) -> WebhookWritten:
    """Have a URL told how jobs end.

    A delivery is `POST`ed as JSON at least once, until it is answered with 2xx, with growing pauses for about a day.
    `Lodestar-Delivery` is its id, the same at every attempt; `Lodestar-Timestamp` the time in seconds; and
    `Lodestar-Signature` is `v1=` and HMAC-SHA256, in hexadecimal, with the secret over the timestamp, a full stop and
    the body. Redirects are not followed.
    """
    try:
        checked_url(body.url, private=request.app.state.settings.allow_private_webhooks)
    except WrongError as error:
        raise InputError([Fault("body", str(error), **error.parts)]) from None
    try:
        stores.webhooks.get(caller.tenant.id, name)
        secret = None
    except UnknownError:
        secret = new_secret()
        if len(stores.webhooks.page(caller.tenant.id, limit=MOST)) >= MOST:
            raise ProblemError("conflict", f"there are {MOST} webhooks already; delete one first") from None
    webhook = stores.webhooks.put(caller.tenant.id, name, body.url, body.kinds, secret)
    response.status_code = 200 if secret is None else 201
    response.headers["Location"] = f"/v1/webhooks/{name}"
    return WebhookWritten(**_said(webhook), secret=secret)


@router.delete("/{name}", summary="Delete a webhook", status_code=204)
def delete_webhook(name: WebhookName, caller: MayAdmin, stores: Kept) -> None:
    """Delete a webhook; what was still to be told to it is not."""
    stores.webhooks.delete(caller.tenant.id, name)
