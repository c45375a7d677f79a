"""Options that more than one command takes."""

from pathlib import Path
from typing import Annotated

import typer

Source = Annotated[Path, typer.Argument(metavar="DIR", help="layer folder, GeoPackage or .osm.pbf")]
Mapping = Annotated[
    Path | None, typer.Option(metavar="FILE", help="layers.toml to read in place of the folder's")
]
RuleName = Annotated[str, typer.Option("--rule", metavar="NAME|FILE", help="rule profile")]
Seed = Annotated[int, typer.Option(min=0, help="the same seed gives the same plan")]
OptionalSource = Annotated[Path | None, typer.Argument(metavar="[DIR]", help="layer folder")]
By = Annotated[str, typer.Option(metavar="NAME", help="who decides")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON document and nothing else")]
TimeLimit = Annotated[
    float | None,
    typer.Option(metavar="S", help="seconds to plan, files aside; then the best plan so far"),
]
FromGrids = Annotated[
    str | None,
    typer.Option("--from", metavar="GRIDS|today", help="grids to change as little as possible"),
]
OnlyGrids = Annotated[
    list[str] | None,
    typer.Option(
        "--only", metavar="CODE", help="of --from: redraw this one, no other; may be repeated"
    ),
]
PlanId = Annotated[int | None, typer.Option("--plan", metavar="ID", help="a plan in the database")]
