"""A month's delta on top of what PostGIS holds comes to the same as the full file."""

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from sqlalchemy.orm import Session

from gridmap.errors import InputError
from gridmap.layers import read_layers
from gridmap.layers.changes import Version, compare_versions
from gridmap.layers.changes.carrying import Base
from gridmap.layers.ledger import Ledger, settle_households
from gridmap.rules import Rules
from gridmap.schema import Layers
from gridmap.store.imports import import_layers
from gridmap.store.layers import read_layers as read_stored
from tests.unit.layers.street import METRIC, house

Rows = Sequence[dict[str, object]]
FIRST: Rows = [
    {"household_id": "H1", "building_id": "B1", "persons": 2},
    {"household_id": "H2", "address": "2号", "persons": 3},
    {"household_id": "H3", "address": "3号", "persons": 4},
    {"household_id": "H3", "address": "3号", "persons": 4},
    {"household_id": "H4", "building_id": "B4", "persons": 1},
    {"household_id": "H0", "building_id": "X77", "address": "5号", "persons": 2},
    {"household_id": "H5", "address": "没有的路9号", "persons": 5},
]
HOUSES = {f"B{n}": n for n in range(1, 6)}


def write(folder: Path, ledger: Rows, houses: dict[str, int] | None = None) -> Path:
    folder.mkdir()
    if ledger:
        pd.DataFrame(ledger).to_csv(folder / "households.csv", index=False)
    if houses is not None:
        columns = {"building_id": list(houses), "address": [f"{n}号" for n in houses.values()]}
        shapes = [house(n) for n in houses.values()]
        frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=METRIC)
        frame.to_parquet(folder / "buildings.parquet")
    return folder


def settled(layers: Layers) -> Ledger:
    return settle_households(layers, rules=Rules())


def in_force(session: Session, layers: Layers, *, is_delta: bool = True) -> Base:
    dataset = import_layers(session, layers, settled(layers), source="a test")
    return Base.of(*read_stored(session, dataset), is_delta=is_delta)


def outcome(layers: Layers) -> tuple[object, ...]:
    """Give what two imports must agree on: bins, places, counts, outlines, balance."""
    ledger = settled(layers)
    homes = ledger.households.reset_index()[["household_id", "bin", "placed_in", "persons"]]
    counts = ledger.buildings[["households", "persons"]]
    return (
        homes.to_numpy().tolist(),
        counts.reset_index().to_numpy().tolist(),
        layers.buildings.geometry.to_wkb().tolist(),
        layers.communities.geometry.to_wkb().tolist(),
        ledger.balance.to_dict(),
    )


def test_a_chain_of_deltas_comes_to_the_same_as_the_full_file(
    session: Session, tmp_path: Path
) -> None:
    first = read_layers(write(tmp_path / "town", FIRST, HOUSES))
    january: Rows = [
        {"household_id": "H1", "变动类型": "迁出"},
        {"household_id": "H2", "address": "2号", "persons": 6, "变动类型": "变更"},
        {"household_id": "H6", "building_id": "B5", "persons": 2, "变动类型": "迁入"},
    ]
    once = read_layers(write(tmp_path / "january", january), base=in_force(session, first))
    february: Rows = [{"household_id": "H7", "address": "9号", "persons": 1, "变动类型": ""}]
    folder = write(tmp_path / "february", february)
    frame = gpd.GeoDataFrame(
        {"building_id": ["B4", "B9"], "address": ["4号", "9号"], "变更": ["拆除", "新建"]},
        geometry=[house(4), house(9)],
        crs=METRIC,
    )
    frame.to_parquet(folder / "buildings.parquet")
    twice = read_layers(folder, base=in_force(session, once))

    full: Rows = [
        {"household_id": "H2", "address": "2号", "persons": 6},
        *FIRST[2:],
        {"household_id": "H6", "building_id": "B5", "persons": 2},
        {"household_id": "H7", "address": "9号", "persons": 1},
    ]
    houses = {name: n for name, n in HOUSES.items() if name != "B4"} | {"B9": 9}
    whole = read_layers(write(tmp_path / "full", full, houses).rename(tmp_path / "x"))
    code = twice.communities.index[0]
    whole_code = whole.communities.index[0]
    assert code != whole_code  # a hull is named after its folder, and nothing else differs
    assert outcome(twice) == outcome(whole)
    changes = compare_versions(Version(twice, settled(twice)), Version(whole, settled(whole)))
    assert changes.households.counts()["same"] == len({row["household_id"] for row in full})


def test_what_is_carried_over_says_what_placed_it_and_why_a_razed_home_places_nobody(
    session: Session, tmp_path: Path
) -> None:
    first = read_layers(write(tmp_path / "town", FIRST, HOUSES))
    folder = write(tmp_path / "delta", [])
    pd.DataFrame({"building_id": ["B2", "B4"], "变更": "拆除"}).to_csv(
        folder / "buildings.csv", index=False
    )
    ledger = settled(read_layers(folder, base=in_force(session, first)))
    placed = ledger.households
    assert placed.loc["H1", "placed_by"] == "building"
    assert placed["placed_by"].loc["H3"].tolist() == ["kept", ""]
    assert placed.loc[["H2", "H4"], "bin"].tolist() == ["no_place", "no_place"]
    why = [fault.text("en") for fault in ledger.faults if fault.kind == "no_place"]
    assert sum("the last version had it in building B" in text for text in why) == 2
    assert ledger.balance.is_balanced


def test_an_update_of_the_buildings_carries_households_into_the_new_numbers(
    session: Session, tmp_path: Path
) -> None:
    first = read_layers(write(tmp_path / "town", FIRST, HOUSES))
    renumbered = {f"X{n}": n for n in HOUSES.values()}
    folder = write(tmp_path / "buildings_only", [], renumbered)
    layers = read_layers(folder, base=in_force(session, first, is_delta=False))
    ledger = settled(layers)
    homes = ledger.households["placed_in"]
    assert (homes["H1"], homes["H2"], homes["H4"]) == ("X1", "X2", "X4")
    assert ledger.balance.households == settled(first).balance.households


def test_an_update_of_the_ledger_leaves_the_buildings_as_they_were(
    session: Session, tmp_path: Path
) -> None:
    first = read_layers(write(tmp_path / "town", FIRST, HOUSES))
    folder = write(tmp_path / "ledger_only", FIRST[:1])
    layers = read_layers(folder, base=in_force(session, first, is_delta=False))
    assert layers.buildings.index.tolist() == list(HOUSES)
    assert settled(layers).balance.ledger_households == 1


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([{"household_id": "H1", "变更": "飞走"}], "delta_word"),
        ([{"household_id": "", "building_id": "B1", "变更": "迁入"}], "delta_no_id"),
        (
            [
                {"household_id": "H1", "building_id": "B1", "变更": "迁入"},
                {"household_id": "H1", "building_id": "B1", "变更": "迁出"},
            ],
            "delta_both",
        ),
    ],
)
def test_a_delta_that_cannot_be_meant_is_refused_by_row(
    session: Session, tmp_path: Path, rows: Rows, kind: str
) -> None:
    base = in_force(session, read_layers(write(tmp_path / "town", FIRST, HOUSES)))
    with pytest.raises(InputError) as refused:
        read_layers(write(tmp_path / "delta", rows), base=base)
    assert kind in {fault.kind for fault in refused.value.faults}


def test_a_delta_notes_what_does_not_fit_and_takes_out_and_in_for_a_move(
    session: Session, tmp_path: Path
) -> None:
    base = in_force(session, read_layers(write(tmp_path / "town", FIRST, HOUSES)))
    rows: Rows = [
        {"household_id": "H1", "building_id": "B1", "变更": "迁出"},
        {"household_id": "H1", "building_id": "B3", "变更": "迁入"},
        {"household_id": "H77", "building_id": "", "变更": "注销"},
        {"household_id": "H4", "building_id": "B4", "变更": "新增"},
        {"household_id": "H8", "building_id": "B5", "变更": "变更"},
    ]
    layers = read_layers(write(tmp_path / "delta", rows), base=base)
    kinds = [(fault.kind, fault.row) for fault in layers.faults if "delta" in fault.kind]
    assert sorted(kinds) == [
        ("delta_known", 5), ("delta_missing", 6), ("delta_moved", 3), ("delta_unknown", 4)
    ]  # fmt: skip
    assert settled(layers).households.loc["H1", "placed_in"] == "B3"


def test_a_folder_without_any_layer_is_no_update(session: Session, tmp_path: Path) -> None:
    base = in_force(session, read_layers(write(tmp_path / "town", FIRST, HOUSES)))
    with pytest.raises(InputError, match=r"at least one|至少"):
        read_layers(write(tmp_path / "nothing", []), base=base)
