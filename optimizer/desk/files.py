"""A case as one file: a workbook or a zip, down and up."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from optimizer.desk.pages import PageRoute
from optimizer.desk.visit import Reader, Script
from optimizer.service.http.bodies import XLSX, ZIP
from optimizer.service.http.cases import CaseBody, CaseName, Packed, checked_body, get_case, write, written_body
from optimizer.service.http.conditional import IfMatch, IfNoneMatch
from optimizer.service.http.stores import Kept

pages = APIRouter(prefix="/cases/{name}", include_in_schema=False, route_class=PageRoute)
router = APIRouter(prefix="/cases/{name}", include_in_schema=False)


@pages.get("/case.xlsx")
def workbook(request: Request, name: CaseName, reader: Reader, stores: Kept) -> Response:
    """A case as a workbook."""
    return get_case(request, name, reader, stores, XLSX)


@pages.get("/case.zip")
def folder(request: Request, name: CaseName, reader: Reader, stores: Kept) -> Response:
    """A case as a zip of its folder."""
    return get_case(request, name, reader, stores, ZIP)


@router.put("/file")
def upload(
    request: Request,
    name: CaseName,
    planner: Script,
    stores: Kept,
    body: Annotated[CaseBody | Packed, Depends(written_body)],
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Keep the case of a workbook or a zip, as `PUT /v1/cases/{name}` does."""
    tenant = planner.tenant.id
    said, _ = write(stores, tenant, name, lambda: checked_body(request, name, body), if_match, if_none_match)
    return JSONResponse(said.model_dump(mode="json"))
