"""Cases: written whole, in revisions, as JSON or as a zip of a folder; bundled ones to be read only."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.service.http.bodies import JSON, XLSX, ZIP, JsonBody, check_rows, read_bytes, wrong_media
from optimizer.service.http.bundled import bundled_cases
from optimizer.service.http.caller import MayPlan, MayRead
from optimizer.service.http.checking import done
from optimizer.service.http.conditional import IfMatch, IfNoneMatch, check, etag, not_modified
from optimizer.service.http.media import media_type, offers
from optimizer.service.http.paging import Cursor, Limit, after_of, by_name, page
from optimizer.service.http.said import NAME, REVISION, CasePage, CaseSaid, CaseWritten
from optimizer.service.http.settings import Limits
from optimizer.service.http.stores import Kept, Stores
from optimizer.service.problems import ProblemError
from optimizer.service.store.records import StoredCase, said
from optimizer.service.store.refusals import UnknownError

ZIPS = (ZIP, "application/x-zip-compressed")
"""Media types that a zip may come as; browsers on Windows say the second."""
router = APIRouter(prefix="/v1/cases", tags=["cases"])
CaseName = Annotated[str, Path(pattern=NAME, max_length=60, description="Name of a case.", examples=["my-magnets"])]
AsRevision = Annotated[str | None, Query(pattern=REVISION, description="As it stood then; by default as it is.")]


class CaseBody(BaseModel):
    """A whole case; `/v1/schema/case` says every field and column."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    settings: dict[str, Any]
    """Fields of `case.yaml`; `name` is that of the address."""
    rows: dict[str, list[dict[str, Any]]]
    """For each table its rows: columns and cells."""


BODY = JsonBody.of(CaseBody, example={"settings": {"version": 1, "name": "my-magnets"}, "rows": {"sites": []}})
BYTES = {"type": "string", "format": "binary"}
WRITE = {
    "requestBody": {
        "required": True,
        "content": {JSON: BODY.media, **{kind: {"schema": BYTES} for kind in (ZIP, XLSX)}},
    }
}
READ: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The case: its settings and own rows as JSON, its folder as a zip, or a workbook.",
        "content": {
            JSON: {"schema": {"$ref": "#/components/schemas/CaseBody"}},
            **{kind: {"schema": BYTES} for kind in (ZIP, XLSX)},
        },
        "headers": {"ETag": {"schema": {"type": "string"}, "description": "Its revision, and the media type."}},
    },
    304: {"description": "The caller has it."},
}


@dataclass(frozen=True)
class Packed:
    """A case in one file.

    Parameters
    ----------
    media : str
        Its media type.
    content : bytes
    """

    media: str
    content: bytes


async def written_body(request: Request) -> CaseBody | Packed:
    """The body of a case: JSON, or a zip or a workbook as it came.

    Raises
    ------
    ProblemError, InputError
        If it is neither.
    """
    kind = media_type(request)
    if kind in (*ZIPS, XLSX):
        _needs_workbooks(kind, "wrong-media-type")
        return Packed(kind, await read_bytes(request, request.app.state.settings.limits))
    if kind not in (JSON, ""):
        raise wrong_media(request, JSON, ZIP, XLSX)
    return await BODY(request)


def case_said(case: StoredCase) -> CaseSaid:
    """A stored case as it is told of."""
    return CaseSaid(
        name=case.name, revision=case.revision, number=case.number, created=said(case.created), bundled=False
    )


def bundled_said(name: str) -> CaseSaid:
    """A bundled case as it is told of."""
    return CaseSaid(name=name, revision=bundled_cases()[name].revision, number=1, created=None, bundled=True)


@router.get("", summary="List cases")
def list_cases(
    caller: MayRead,
    stores: Kept,
    _: Annotated[str, Depends(offers(JSON))],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> CasePage:
    """The tenant's cases and the bundled ones, by name, each as it stands now."""

    def own(after: str | None, most: int) -> Iterator[CaseSaid]:
        return map(case_said, stores.cases.page(caller.tenant.id, after=after, limit=most))

    items, following = by_name("cases", cursor, limit, own, map(bundled_said, bundled_cases()))
    return CasePage(items=items, next=following)


@router.get("/{name}", summary="Read a case", response_model=None, responses=READ)
def get_case(
    request: Request,
    name: CaseName,
    caller: MayRead,
    stores: Kept,
    media: Annotated[str, Depends(offers(JSON, ZIP, XLSX))],
    revision: AsRevision = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """A case as JSON, as a zip of its folder (`Accept: application/zip`), or as a workbook (its media type)."""
    _needs_workbooks(media, "not-acceptable")
    found, body = _find(stores, caller.tenant.id, name, revision)
    tag = etag(found.revision, media)
    headers = {"ETag": tag, "Vary": "Accept", "Cache-Control": "private, no-cache"}
    if not_modified(request, tag):
        return Response(None, 304, headers)
    if media == JSON:
        return Response(json.dumps(body, ensure_ascii=False), 200, headers, JSON)
    if media == XLSX:
        file, whole = f"{name}.xlsx", {"bundled": found.name} if found.bundled else body
        content = done(request, "sheets", "The case", case=whole)["workbook"]
    else:
        file, content = f"{name}.zip", done(request, "zip", "The case", name=name, **body)["zip"]
    headers |= {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(base64.b64decode(content), 200, headers, media)


@router.get("/{name}/revisions", summary="List the revisions of a case")
def list_revisions(
    name: CaseName,
    caller: MayRead,
    stores: Kept,
    _: Annotated[str, Depends(offers(JSON))],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> CasePage:
    """All revisions of a case, the newest first."""
    before = after_of(f"revisions {name}", cursor, int)
    try:
        found = [case_said(case) for case in stores.cases.revisions(caller.tenant.id, name)]
    except UnknownError:
        if name not in bundled_cases():
            raise
        found = [bundled_said(name)]
    older = [case for case in found if before is None or case.number < before]
    items, following = page(f"revisions {name}", older, limit, lambda case: case.number)
    return CasePage(items=items, next=following)


@router.put(
    "/{name}",
    summary="Write a case",
    openapi_extra=WRITE,
    responses={201: {"model": CaseWritten, "description": "It is a new case."}},
)
def put_case(
    request: Request,
    response: Response,
    name: CaseName,
    caller: MayPlan,
    stores: Kept,
    body: Annotated[CaseBody | Packed, Depends(written_body)],
    _: Annotated[str, Depends(offers(JSON))],
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> CaseWritten:
    """Write a case, whole: JSON, a zip of its folder, or a workbook. It is checked first; one with faults is not kept.

    The same body again makes no new revision. With `If-Match` it is written only over the revision that the caller has
    read, with `If-None-Match: *` only if there is none.
    """
    said, new = write(
        stores, caller.tenant.id, name, lambda: checked_body(request, name, body), if_match, if_none_match
    )
    response.status_code = 201 if new else 200
    response.headers["ETag"] = etag(said.revision, JSON)
    response.headers["Location"] = f"/v1/cases/{name}"
    return said


def write(
    stores: Stores,
    tenant: str,
    name: str,
    read: Callable[[], tuple[dict[str, Any], dict[str, Any]]],
    if_match: str | None,
    if_none_match: str | None,
) -> tuple[CaseWritten, bool]:
    """Keep a case of a tenant, unless it is at another revision than expected; and whether it is new.

    Parameters
    ----------
    stores : Stores
    tenant, name : str
    read : callable
        Gives the case, and what its check says; asked once the revision is the one expected.
    if_match, if_none_match : str or None
        The headers.

    Raises
    ------
    ProblemError, RefusalError
        If it is bundled, at another revision, has faults, or a cap is reached.
    """
    _not_bundled(name)
    current = current_revision(stores, tenant, name)
    expected = check(if_match, if_none_match, current)
    content, checked = read()
    case = stores.cases.put(tenant, name, content, if_match=expected)
    passed = checked.get("passed_over", [])
    said = CaseWritten(**vars(case_said(case)), findings=checked["findings"], passed_over=passed)
    return said, current is None


@router.delete("/{name}", summary="Delete a case", status_code=204)
def delete_case(name: CaseName, caller: MayPlan, stores: Kept, if_match: IfMatch = None) -> None:
    """Delete a case with all its revisions. Jobs that were made with it keep their results."""
    _not_bundled(name)
    current = current_revision(stores, caller.tenant.id, name)
    if current is None and if_match is None:
        raise ProblemError("not-found", f"no such case: {name}")
    expected = check(if_match, None, current)
    stores.cases.delete(caller.tenant.id, name, if_match=expected)


def _find(stores: Stores, tenant: str, name: str, revision: str | None) -> tuple[CaseSaid, dict[str, Any]]:
    """A case of the tenant or a bundled one, and its body."""
    try:
        case = stores.cases.get(tenant, name, revision)
        return case_said(case), case.body
    except UnknownError:
        found = bundled_cases().get(name)
        if found is None or revision not in (None, found.revision):
            raise
        return bundled_said(name), found.body


def current_revision(stores: Stores, tenant: str, name: str) -> str | None:
    """The revision that a case of the tenant has now; None if there is none.

    Parameters
    ----------
    stores : Stores
    tenant, name : str
    """
    try:
        return stores.cases.get(tenant, name).revision
    except UnknownError:
        return None


def _not_bundled(name: str) -> None:
    """Refuse to write what comes with the programme."""
    if name in bundled_cases():
        raise ProblemError("conflict", f"{name} is a bundled case, to be read only; choose another name")


def _needs_workbooks(media: str, code: Literal["wrong-media-type", "not-acceptable"]) -> None:
    """Refuse workbooks where the extra that reads and writes them is not installed."""
    if media == XLSX and any(find_spec(package) is None for package in ("openpyxl", "xlsxwriter")):
        raise ProblemError(code, "this service knows no workbooks: it runs without the extra `workbook`")


def checked_body(request: Request, name: str, body: CaseBody | Packed) -> tuple[dict[str, Any], dict[str, Any]]:
    """The case that a body holds, and what its check says.

    Parameters
    ----------
    request : Request
    name : str
        That the case must have.
    body : CaseBody or Packed

    Raises
    ------
    ProblemError, InputError
        With all faults, if it has any.
    """
    limits: Limits = request.app.state.settings.limits
    if isinstance(body, Packed):
        packed = base64.b64encode(body.content).decode()
        bounds = {"files": limits.files, "unpacked_bytes": limits.unpacked_bytes}
        if body.media == XLSX:
            found = done(request, "read sheets", "The case", name=name, workbook=packed)
        else:
            found = done(request, "unzip", "The case", name=name, zip=packed, **bounds)
        content = found.pop("body")
        check_rows(content["rows"], limits)
    else:
        content = {"settings": body.settings, "rows": body.rows}
        check_rows(content["rows"], limits)
        found = done(request, "check", "The case", case=content)
    if (called := content["settings"].get("name")) != name:
        fault = Fault.of("case", "name", f"that of the address ({name})", repr(called), "inconsistent")
        raise InputError([fault])
    return content, found
