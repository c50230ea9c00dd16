"""`lodestar new`: a case to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def new(
    folder: Annotated[Path, typer.Argument(help="The folder to make.", show_default=False)],
    tier1: Annotated[
        bool,
        typer.Option("--tier1", help="For who buys finished magnets: every table needed, worked out (the default)."),
    ] = False,
    source: Annotated[
        str | None, typer.Option("--from", metavar="CASE", help="Copy a bundled case, or the folder of one.")
    ] = None,
    supplier: Annotated[
        list[str] | None,
        typer.Option("--supplier", help="With --from: keep this supplier, by site or company; repeat for more."),
    ] = None,
) -> None:
    """Make a folder with a case that plans at once, to put your own figures in."""
    from optimizer.network.cut import cut_to
    from optimizer.world.kit import TIER1, copy_case, kit, write_copy
    from optimizer.world.load import load_case

    if tier1 and source is not None:
        raise typer.BadParameter("expected without --tier1: it copies another case", param_hint="--from")
    if supplier and source is None:
        raise typer.BadParameter("expected with --from: it names whom to keep of that case", param_hint="--supplier")
    if source is not None and supplier:
        write_copy(cut_to(load_case(source), supplier), folder)
    else:
        copy_case(source if source is not None else kit(TIER1), folder)
    print(f"{folder}: {len(list(folder.glob('*.csv')))} tables and case.yaml. Next: lodestar plan {folder}")


def register(app: typer.Typer) -> None:
    """Add the command to the others."""
    app.command()(new)
