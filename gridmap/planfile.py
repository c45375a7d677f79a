"""
A plan as a file: one GeoPackage, or GeoParquet, GeoJSON or Shapefile by its ending.

A GeoPackage holds every layer; the other formats hold one layer a file, so the grids are written
to the path asked for and the rest beside it (`plan.parquet`, `plan.assignment.parquet`, …). Files
appear whole or not at all, and the same draft gives the same bytes.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd
import pyogrio
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj.exceptions import CRSError

from gridmap.crs import metric_crs
from gridmap.errors import InputError
from gridmap.layers.balance import BINS, BalanceSheet
from gridmap.messages import Language, Message
from gridmap.plan.model import ASSIGNMENT, DRAWN_GRIDS, MICROGRIDS, Draft, Figures
from gridmap.rules import Rules
from gridmap.schema import LOAD, Fault, with_loads

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gridmap.schema import Table

DRIVERS: Final = {
    ".gpkg": "GPKG",
    ".parquet": "Parquet",
    ".geojson": "GeoJSON",
    ".shp": "ESRI Shapefile",
}
SHORT_NAMES: Final = {
    "community_code": "community",
    "clear_share": "clear",
    "compactness": "compact",
    "enclosed_by": "enclosed",
    "bounds_text": "bounds",
    "building_id": "building",
}
"""A Shapefile has room for ten letters a column."""

SHAPEFILE_BYTES: Final = 10

SAID: Final = ("reason", "bounds", "why")
"""Columns of the grids that hold a message: written as text, and as they are beside it."""

LAYERS: Final = ("grids", "assignment", "buildings", "microgrids", "faults")

BROKEN: Final = (
    *(DataSourceError, DataLayerError, CRSError),
    *(KeyError, TypeError, ValueError, OSError),
)
"""What reading raises when a file is no plan, or only a part of one."""

WRITTEN_ON: Final = "2000-01-01T00:00:00.000Z"
"""GeoPackages note when they were written; a fixed date keeps equal plans equal to the bit."""


def require_ending(path: Path) -> Path:
    """
    Return `path` if its ending names a format a plan can be written in.

    Parameters
    ----------
    path
        Where the plan shall go.

    Returns
    -------
    path
        The same path.

    Raises
    ------
    InputError
        If the ending is unknown, or the folder does not exist.
    """
    if path.suffix.lower() not in DRIVERS:
        raise InputError(_fault("plan_ending", path, known=", ".join(DRIVERS)))
    if not path.resolve().parent.is_dir():
        raise InputError(_fault("plan_folder", path))
    return path


def write_draft(draft: Draft, path: Path, *, language: Language) -> None:
    """
    Write a draft.

    Parameters
    ----------
    draft
        In metres; written in `draft.crs`.
    path
        Its ending chooses the format; what was there is replaced.
    language
        Of `bounds_text`, `why`, `reason` and the faults' sentences.

    Raises
    ------
    InputError
        If the ending is unknown, or the folder does not exist.
    """
    require_ending(path)
    layers = {
        "grids": _grid_rows(draft, language),
        "assignment": pd.DataFrame(draft.assignment[["grid_code", "micro_code"]]).reset_index(),
        "buildings": draft.assignment.drop(columns=["grid_code", "micro_code"])
        .to_crs(draft.crs)
        .reset_index(),
        "microgrids": _microgrid_rows(draft, language),
        "faults": _fault_rows(draft, language),
        "plan": pd.DataFrame({"document": [json.dumps(_document(draft), ensure_ascii=False)]}),
    }
    with tempfile.TemporaryDirectory(dir=path.resolve().parent, prefix=".gridmap-") as folder:
        made = Path(folder) / path.name
        for name, rows in layers.items():
            _write_layer(rows, name, made)
        for file in sorted(made.parent.iterdir()):
            shutil.move(file, path.resolve().parent / file.name)


def read_draft(path: Path) -> Draft:
    """
    Read a draft back.

    Parameters
    ----------
    path
        What :func:`write_draft` wrote, but for Shapefiles, which cannot hold all of it.

    Returns
    -------
    draft
        As it was written, in metres.

    Raises
    ------
    InputError
        If there is no such file, or it is not a plan.
    """
    if not path.is_file():
        raise InputError(_fault("plan_not_there", path))
    try:
        layers = {name: _read_layer(path, name) for name in LAYERS}
        grids, faults = layers["grids"], layers["faults"]
        document = json.loads(_read_layer(path, "plan")["document"].iloc[0])
        crs, rules = pyproj.CRS(document["crs"]), Rules.of(document["rules"])
        metric = metric_crs(grids)
        return Draft(
            grids=_drawn_grids(grids, with_loads(DRAWN_GRIDS, rules.load_names)).to_crs(metric),
            assignment=_assignment(
                layers["buildings"],
                layers["assignment"],
                with_loads(ASSIGNMENT, rules.load_names),
            ).to_crs(metric),
            microgrids=_microgrids(layers["microgrids"]).to_crs(metric),
            faults=tuple(_read_faults(faults, metric)),
            balance=_balance(document["balance"]),
            rules=rules,
            seed=document["seed"],
            crs=crs,
            figures=Figures.from_dict(document["figures"]),
        )
    except BROKEN as error:
        raise InputError(_fault("plan_unreadable", path)) from error


def _grid_rows(draft: Draft, language: Language) -> gpd.GeoDataFrame:
    grids = draft.grids.to_crs(draft.crs).reset_index()
    said = grids[list(SAID)].to_dict("records")
    spoken_of = {name: [_say(line, language) for line in grids[name]] for name in SAID}
    moved = ("bounds", "geometry", "worker")
    order = [name for name in grids.columns if name not in moved]
    order.insert(order.index("compactness") + 1, "bounds_text")
    spoken = grids.assign(
        bounds_text=spoken_of.pop("bounds"),
        **spoken_of,
        texts=[json.dumps(lines, ensure_ascii=False) for lines in said],
    )
    return spoken[[*order, "worker", "texts", "geometry"]]


def _microgrid_rows(draft: Draft, language: Language) -> gpd.GeoDataFrame:
    rows = draft.microgrids.to_crs(draft.crs).reset_index()
    made_of = rows["made_of"]
    spoken = [_say(line, language) for line in made_of]
    rows = rows.assign(made_of=spoken, texts=made_of)
    return rows[[*(name for name in rows.columns if name != "geometry"), "geometry"]]


def _say(line: str, language: Language) -> str:
    return Message.from_json(line).text(language) if line else ""


def _fault_rows(draft: Draft, language: Language) -> gpd.GeoDataFrame:
    faults = draft.faults
    columns = {
        "layer": [fault.layer for fault in faults],
        "row": pd.array([fault.row for fault in faults], dtype="Int64"),
        "kind": [fault.kind for fault in faults],
        "level": [fault.level for fault in faults],
        "sentence": [fault.text(language) for fault in faults],
        "texts": [fault.message.to_json() for fault in faults],
    }
    places = [fault.geometry for fault in faults]
    frame = gpd.GeoDataFrame(columns, geometry=places, crs=draft.grids.crs)
    return frame.to_crs(draft.crs)


def _document(draft: Draft) -> dict[str, Any]:
    return {
        "crs": draft.crs.to_string(),
        "seed": draft.seed,
        "rules": draft.rules.to_dict(),
        "figures": asdict(draft.figures) | {"seconds": {}},  # of the machine, not of the plan
        "balance": asdict(draft.balance),
    }


def _balance(plain: Mapping[str, Any]) -> BalanceSheet:
    values = dict(plain)
    values["residential_without_households"] = tuple(values["residential_without_households"])
    for measure in ("households", "persons"):
        values[measure] = {name: int(values[measure][name]) for name in BINS}
    return BalanceSheet(**values)


def _write_layer(rows: pd.DataFrame, name: str, path: Path) -> None:
    driver = DRIVERS[path.suffix.lower()]
    if driver == "GPKG":
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": WRITTEN_ON})
        pyogrio.write_dataframe(rows, path, layer=name, driver=driver, **_kind(rows))
        return
    target = path if name == "grids" else path.with_name(f"{path.stem}.{name}{path.suffix}")
    if driver == "Parquet":
        rows.to_parquet(target)
    elif name == "plan":
        target.with_suffix(".json").write_text(rows["document"].iloc[0], "utf-8")
    elif not isinstance(rows, gpd.GeoDataFrame):
        rows.to_csv(target.with_suffix(".csv"), index=False)
    elif driver == "GeoJSON":
        exact = {"RFC7946": "NO", "SIGNIFICANT_FIGURES": 17}  # in the buildings' own CRS
        pyogrio.write_dataframe(rows, target, driver=driver, **exact)
    elif len(rows):
        short = rows.drop(columns="texts", errors="ignore").rename(columns=_short_names(rows))
        for kind, part in short.groupby(short.geom_type.str.removeprefix("Multi"), sort=True):
            other = kind not in ("Polygon", "Point") or (name == "faults" and kind == "Polygon")
            place = target.with_name(f"{target.stem}.{kind}.shp") if other else target
            pyogrio.write_dataframe(part, place, driver=driver, encoding="UTF-8")


def _short_names(columns: Iterable[str]) -> dict[str, str]:
    """Name what a Shapefile has no room for; loads with long names are numbered in their order."""
    loads = [name for name in columns if name.startswith(LOAD)]
    long = {
        name: f"{LOAD}{place}"
        for place, name in enumerate(loads, start=1)
        if len(name.encode()) > SHAPEFILE_BYTES
    }
    return {**SHORT_NAMES, **long}


def _kind(rows: pd.DataFrame) -> dict[str, str]:
    """Name the geometry type that all rows of a layer are written as."""
    if not isinstance(rows, gpd.GeoDataFrame):
        return {}
    kinds = {str(kind).removeprefix("Multi") for kind in rows.geom_type.dropna().unique()}
    many = bool(rows.geom_type.str.startswith("Multi").any())
    if not rows.geometry.notna().all() or len(kinds) != 1:
        return {"geometry_type": "Unknown"}
    return {"geometry_type": ("Multi" if many else "") + kinds.pop()}


def _read_layer(path: Path, name: str) -> Any:  # noqa: ANN401 (a frame with or without geometry)
    if path.suffix.lower() == ".gpkg":
        return pyogrio.read_dataframe(path, layer=name)
    place = path if name == "grids" else path.with_name(f"{path.stem}.{name}{path.suffix}")
    if path.suffix.lower() == ".parquet":
        is_table = name in ("plan", "assignment")
        return pd.read_parquet(place) if is_table else gpd.read_parquet(place)
    if name == "plan":
        return pd.DataFrame({"document": [place.with_suffix(".json").read_text("utf-8")]})
    if name == "assignment":
        return pd.read_csv(place.with_suffix(".csv"), dtype=str, keep_default_na=False)
    return pyogrio.read_dataframe(place)


def _drawn_grids(grids: gpd.GeoDataFrame, table: Table) -> gpd.GeoDataFrame:
    texts = [json.loads(_line(text)) for text in grids["texts"]]
    grids = grids.assign(**{name: [text.get(name, "") for text in texts] for name in SAID})
    for name, kind in table.columns.items():
        if name not in grids.columns:  # written before there was such a column
            grids[name] = "" if kind == "str" else float("nan")
        elif kind == "str":
            grids[name] = grids[name].fillna("")
    grids = grids.set_index(table.index)
    return grids[[*table.columns, "geometry"]].astype(dict(table.columns))


def _assignment(
    buildings: gpd.GeoDataFrame, assigned: pd.DataFrame, table: Table
) -> gpd.GeoDataFrame:
    """Put grid and counts of each building together again; only what is in both is."""
    assigned = pd.DataFrame(assigned).drop(columns="geometry", errors="ignore")
    rows = buildings.merge(assigned, on=table.index).fillna({"micro_code": ""})
    rows = rows.set_index(table.index)
    return rows[[*table.columns, "geometry"]].astype(dict(table.columns))


def _microgrids(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give microgrids their shape back; GeoJSON forgets the columns of a layer without rows."""
    if not len(rows):
        return MICROGRIDS.empty(rows.crs)
    rows = rows.assign(made_of=[_line(text) for text in rows["texts"]])
    rows = rows.set_index(MICROGRIDS.index)
    return rows[[*MICROGRIDS.columns, "geometry"]].astype(dict(MICROGRIDS.columns))


def _read_faults(rows: gpd.GeoDataFrame, metric: pyproj.CRS) -> list[Fault]:
    places = rows.geometry.to_crs(metric)
    return [
        Fault(
            layer=str(row["layer"]),
            row=None if pd.isna(row["row"]) else int(row["row"]),
            kind=str(row["kind"]),
            level=row["level"],
            fields={
                key: value
                for key, value in Message.from_json(_line(row["texts"])).fields.items()
                if key not in ("layer", "row")
            },
            geometry=place if isinstance(place, shapely.Geometry) else None,
        )
        for (_, row), place in zip(rows.iterrows(), places, strict=True)
    ]


def _line(text: object) -> str:
    """Undo what a GeoJSON reader does to texts that look like JSON."""
    return text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)


def _fault(kind: str, path: Path, **fields: str) -> Fault:
    return Fault("plan", None, kind, "refused", {"file": path.name, **fields})
