"""Two versions of a street: what is the same building, the same household, the same road."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, Point, box
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from gridmap.layers.changes import Changes, Version, compare_versions
from gridmap.layers.ledger import settle_households
from gridmap.rules import Rules
from gridmap.schema import TABLES, Layers
from tests.unit.layers.street import EAST, METRIC, NORTH, house, street

SIX = [f"{n}号" for n in range(6)]


def version(
    shapes: Mapping[str, BaseGeometry],
    *,
    ledger: Sequence[Mapping[str, object]] | None = None,
    **columns: Any,  # noqa: ANN401 (a column of any type)
) -> Version:
    """Make a version of the street with buildings of these ids and outlines."""
    layers = street(len(shapes), ledger=ledger, **columns)
    frame = layers.buildings.set_axis(pd.Index(list(shapes), name="building_id", dtype="str"))
    frame = frame.set_geometry(gpd.GeoSeries(list(shapes.values()), index=frame.index, crs=METRIC))
    layers = replace(layers, buildings=frame.assign(community_code="C0"))
    return Version(layers, settle_households(layers, rules=Rules()))


def houses(*names: str) -> dict[str, BaseGeometry]:
    """Give the first houses of the street these ids."""
    return {name: house(n) for n, name in enumerate(names)}


def kinds(changes: Changes) -> dict[str, tuple[str, ...]]:
    """List what became of every building as kind → `old>new`."""
    rows = changes.buildings.rows
    told = (rows["old_id"] + ">" + rows["new_id"]).groupby(rows["kind"]).agg(tuple)
    return {str(kind): names for kind, names in told.items() if kind != "same"}


SIX_IDS = tuple(f"B{n}" for n in range(6))


def test_a_version_beside_itself_is_the_same() -> None:
    one = version(houses(*SIX_IDS), address=SIX)
    changes = compare_versions(one, one)
    assert kinds(changes) == {}
    assert changes.buildings.counts()["same"] == 6


def test_what_was_built_and_what_was_razed_is_told() -> None:
    old = version(houses(*SIX_IDS))
    shapes = {**houses(*SIX_IDS), "B9": house(9)}
    del shapes["B2"]
    assert kinds(compare_versions(old, version(shapes))) == {"gone": ("B2>",), "new": (">B9",)}


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ({"floors": [3.0] * 5 + [6.0]}, "floors"),
        ({"use": ["住宅"] * 5 + ["学校"]}, "use"),
        ({"address": [*SIX[:5], "新路5号"]}, "address"),
        ({"households": [1.0] * 5 + [2.0], "persons": [1.0] * 5 + [3.0]}, "households, persons"),
    ],
)
def test_a_changed_building_says_what_changed(columns: dict[str, list[Any]], what: str) -> None:
    before: dict[str, Any] = {
        name: [told[0]] * 6 if name != "address" else SIX for name, told in columns.items()
    }
    old, new = (version(houses(*SIX_IDS), ledger=None, **told) for told in (before, columns))
    rows = compare_versions(old, new).buildings.rows
    assert rows.loc[rows["kind"] == "changed", ["new_id", "what"]].to_numpy().tolist() == [
        ["B5", what]
    ]


def test_a_column_that_one_version_does_not_have_is_no_change() -> None:
    old = version(houses(*SIX_IDS), floors=[3.0] * 6)
    assert kinds(compare_versions(old, version(houses(*SIX_IDS)))) == {}


def test_an_outline_redrawn_within_the_width_of_a_pen_is_the_same_and_a_wing_is_not() -> None:
    shapes = houses(*SIX_IDS)
    shapes["B1"] = translate(shapes["B1"], 0.05, 0.05)
    shapes["B4"] = house(4).union(box(EAST + 40, NORTH + 10, EAST + 44, NORTH + 15))
    rows = compare_versions(version(houses(*SIX_IDS)), version(shapes)).buildings.rows
    assert rows.loc[rows["kind"] != "same", ["new_id", "what"]].to_numpy().tolist() == [
        ["B4", "outline"]
    ]


def test_ids_that_were_given_anew_are_not_trusted_and_geometry_tells() -> None:
    changes = compare_versions(
        version(houses(*SIX_IDS), address=SIX), version(houses(*SIX_IDS[::-1]), address=SIX)
    )
    assert not changes.buildings.trust.is_given
    assert (changes.buildings.trust.shared, changes.buildings.trust.agreeing) == (6, 0)
    assert set(changes.buildings.rows["way"]) == {"geometry"}
    assert set(changes.buildings.rows["what"]) == {"id"}
    assert changes.buildings.heirs() == dict(zip(SIX_IDS, SIX_IDS[::-1], strict=True))


def test_an_id_used_again_for_another_building_is_not_believed() -> None:
    shapes = {**houses(*SIX_IDS), "B2": house(20)}
    new = version(shapes, address=[*SIX[:2], "别处1号", *SIX[3:]])
    changes = compare_versions(version(houses(*SIX_IDS), address=SIX), new)
    assert changes.buildings.trust.is_given
    assert kinds(changes) == {"gone": ("B2>",), "new": (">B2",)}
    assert changes.buildings.rows["reused"].sum() == 2


def test_a_building_of_the_same_id_and_address_elsewhere_has_moved() -> None:
    shapes = {**houses(*SIX_IDS), "B2": house(20)}
    one, two = (version(these, address=SIX) for these in (houses(*SIX_IDS), shapes))
    changes = compare_versions(one, two)
    assert kinds(changes) == {"moved": ("B2>B2",)}
    assert changes.buildings.rows["moved_m"].max() == 180.0


def test_without_ids_to_trust_the_address_finds_what_moved() -> None:
    shapes = {f"X{n}": house(n) for n in range(5)} | {"X5": house(8)}
    one, two = (version(these, address=SIX) for these in (houses(*SIX_IDS), shapes))
    changes = compare_versions(one, two)
    assert kinds(changes)["moved"] == ("B5>X5",)
    assert "gone" not in kinds(changes)


def test_a_footprint_divided_and_two_that_became_one_are_named() -> None:
    shapes = houses(*SIX_IDS)
    west, east = house(1, width=4.0), translate(house(1, width=4.0), 4.0)
    del shapes["B5"]
    shapes |= {"B1": west, "B1a": east, "B4": house(4, width=18.0)}
    changes = compare_versions(version(houses(*SIX_IDS)), version(shapes))
    assert kinds(changes) == {"split": ("B1>B1", "B1>B1a"), "merged": ("B4>B4", "B5>B4")}
    assert changes.buildings.heirs()["B5"] == "B4"
    assert "B1" not in changes.buildings.heirs()


def test_towers_on_the_ground_of_a_factory_are_new_and_the_factory_is_gone() -> None:
    factory = box(EAST + 100, NORTH, EAST + 200, NORTH + 100)
    towers = {f"T{n}": box(EAST + 110 + 40 * n, NORTH + 40, EAST + 120 + 40 * n, NORTH + 50)
              for n in range(2)}  # fmt: skip
    changes = compare_versions(
        version({**houses(*SIX_IDS), "F": factory}), version({**houses(*SIX_IDS), **towers})
    )
    assert kinds(changes) == {"gone": ("F>",), "new": (">T0", ">T1")}


def test_a_layer_that_lies_elsewhere_as_a_whole_is_measured_and_compared_all_the_same() -> None:
    ids = tuple(f"B{n}" for n in range(12))
    shifted = {name: translate(shape, 300.0, -400.0) for name, shape in houses(*ids).items()}
    changes = compare_versions(version(houses(*ids)), version(shifted))
    assert changes.buildings.shift_m == pytest.approx((300.0, -400.0))
    assert kinds(changes) == {}


def test_points_are_the_same_building_within_reach() -> None:
    old = {name: Point(EAST + 30 * n, NORTH) for n, name in enumerate(SIX_IDS)}
    new = {f"X{n}": Point(EAST + 30 * n + 2, NORTH) for n in range(5)}
    changes = compare_versions(version(old), version(new))
    assert changes.buildings.counts() == {
        "same": 0, "changed": 5, "moved": 0, "split": 0, "merged": 0, "new": 0, "gone": 1
    }  # fmt: skip


def row(name: str, building: str, persons: int = 2, **columns: object) -> dict[str, object]:
    return {"household_id": name, "building_id": building, "persons": float(persons), **columns}


def test_households_that_came_went_moved_and_grew_are_told_apart() -> None:
    before = [row(f"H{n}", f"B{n}") for n in range(6)]
    after = [row("H0", "B5"), row("H1", "B1", 3), *before[2:5], row("H9", "B0", 4)]
    changes = compare_versions(
        version(houses(*SIX_IDS), ledger=before), version(houses(*SIX_IDS), ledger=after)
    ).households
    assert changes.trust.is_given
    assert changes.counts() == {"same": 3, "changed": 1, "moved": 1, "in": 1, "out": 1}
    assert changes.before == (6, 12)
    assert changes.after == (6, 15)


def test_households_of_a_renumbered_building_stay_where_they_are() -> None:
    before = [row(f"H{n}", f"B{n}") for n in range(6)]
    after = [row(f"H{n}", f"X{n}") for n in range(6)]
    new = version(houses(*(f"X{n}" for n in range(6))), ledger=after)
    changes = compare_versions(version(houses(*SIX_IDS), ledger=before), new)
    assert changes.households.counts()["same"] == 6
    assert changes.homes[["came", "went"]].to_numpy().sum() == 0


def test_numbers_of_rows_are_no_household_ids_and_the_door_tells() -> None:
    doors = [{"entrance": str(n % 2), "floor": str(n // 2)} for n in range(12)]
    before = [row(str(n), "B0", n % 5, **door) for n, door in enumerate(doors)]
    after = [row(str(n), "B0", (n + 1) % 5, **door) for n, door in enumerate(doors[1:])]
    changes = compare_versions(
        version(houses("B0"), ledger=before), version(houses("B0"), ledger=after)
    ).households
    assert not changes.trust.is_given
    assert changes.counts() == {"same": 11, "changed": 0, "moved": 0, "in": 0, "out": 1}
    assert changes.rows.loc[changes.rows["kind"] == "out", "old_id"].tolist() == ["0"]


def test_behind_one_door_a_new_count_is_a_change_and_no_move() -> None:
    doors = [{"entrance": "1", "floor": str(n)} for n in range(4)]
    before = [row(f"a{n}", "B0", 2, **door) for n, door in enumerate(doors)]
    after = [row(f"b{n}", "B0", 2 + (n == 3), **door) for n, door in enumerate(doors)]
    changes = compare_versions(
        version(houses("B0"), ledger=before), version(houses("B0"), ledger=after)
    ).households
    assert changes.counts() == {"same": 3, "changed": 1, "moved": 0, "in": 0, "out": 0}


def test_a_household_the_ledger_holds_twice_counts_once() -> None:
    twice = [row("H0", "B0"), row("H0", "B0"), row("H1", "B1")]
    changes = compare_versions(
        version(houses("B0", "B1"), ledger=twice), version(houses("B0", "B1"), ledger=twice[1:])
    ).households
    assert changes.counts() == {"same": 2, "changed": 0, "moved": 0, "in": 0, "out": 0}


def test_homes_tell_who_came_and_went_by_building_and_what_a_razed_one_held() -> None:
    before = [row(f"H{n}", f"B{n}") for n in range(6)]
    shapes = houses(*SIX_IDS)
    del shapes["B5"]
    after = [row("H0", "B1"), *before[1:5]]
    homes = compare_versions(
        version(houses(*SIX_IDS), ledger=before), version(shapes, ledger=after)
    ).homes
    told = homes[["households_before", "came", "went", "households_after"]].T.to_dict("list")
    assert told["B1"] == [1, 1, 0, 2]
    assert told["B0"] == [1, 0, 1, 0]
    assert told["B5"] == [1, 0, 1, 0]
    assert homes.index[homes["is_gone"]].tolist() == ["B5"]


def roads(*lines: LineString) -> gpd.GeoDataFrame:
    columns = {name: ["" if kind == "str" else 0] * len(lines)
               for name, kind in TABLES["roads"].columns.items()}  # fmt: skip
    index = pd.Index([str(n) for n in range(len(lines))], name="road_id", dtype="str")
    frame = gpd.GeoDataFrame(columns, index=index, geometry=list(lines), crs=METRIC)
    return frame.astype(dict(TABLES["roads"].columns))


def lane(*points: tuple[float, float]) -> LineString:
    return LineString([(EAST + x, NORTH + y) for x, y in points])


def with_roads(*lines: LineString) -> Version:
    one = version(houses("B0"))
    layers: Layers = replace(one.layers, roads=roads(*lines))
    return Version(layers, one.ledger)


def test_a_new_road_and_one_that_is_gone_are_counted() -> None:
    old = with_roads(lane((0, 20), (90, 20)), lane((0, 50), (90, 50)))
    new = with_roads(lane((0, 20), (90, 20)), lane((0, 80), (90, 80)))
    changes = compare_versions(old, new).layer("roads")
    assert changes.counts == {"same": 1, "changed": 0, "new": 1, "gone": 1}
    assert sorted(changes.touched["kind"]) == ["gone", "new"]


def test_a_road_that_is_only_cut_elsewhere_or_turned_round_is_the_same() -> None:
    old = with_roads(lane((0, 20), (90, 20)), lane((0, 50), (90, 50)))
    new = with_roads(lane((0, 20), (40, 20)), lane((40, 20.3), (90, 20)), lane((90, 50), (0, 50)))
    assert compare_versions(old, new).layer("roads").counts == {
        "same": 3, "changed": 0, "new": 0, "gone": 0
    }  # fmt: skip


def test_a_road_of_another_class_is_changed() -> None:
    old = with_roads(lane((0, 20), (90, 20)))
    layers = replace(old.layers, roads=old.layers.roads.assign(**{"class": "primary"}))
    changed = compare_versions(old, Version(layers, old.ledger)).layer("roads")
    assert changed.counts["changed"] == 1


def test_a_community_with_another_outline_is_changed() -> None:
    one = version(houses("B0", "B1"))
    wide = one.layers.communities.set_geometry(one.layers.communities.buffer(30.0))
    new = Version(replace(one.layers, communities=wide), one.ledger)
    changed = compare_versions(one, new).layer("communities")
    assert changed.counts == {"same": 0, "changed": 1, "new": 0, "gone": 0}


def test_versions_in_two_reference_systems_are_the_same() -> None:
    one = version(houses(*SIX_IDS), ledger=[row("H0", "B0")])
    moved = {name: getattr(one.layers, name).to_crs("EPSG:4549") for name in TABLES}
    far = Version(replace(one.layers, **moved), one.ledger)
    changes = compare_versions(far, one)
    assert kinds(changes) == {}
    assert changes.layer("communities").counts["same"] == 1
