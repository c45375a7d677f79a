"""Every household is in exactly one bin, and it is the right one."""

from dataclasses import replace

import pytest
from shapely import Point

from gridmap.layers.ledger import Ledger, settle_households
from gridmap.rules import Rules
from gridmap.schema import HOUSEHOLDS, SETTLED, Layers, require
from tests.unit.layers.street import EAST, NORTH, house, middle, street, stretch, waiving

RULES = Rules()


def settled(layers: Layers, rules: Rules = RULES, **waived: str) -> Ledger:
    ledger = settle_households(layers, rules=rules, decisions=waiving(waived))
    assert ledger.balance.is_balanced
    return ledger


def bins(ledger: Ledger) -> list[str]:
    return list(ledger.households["bin"])


def kinds(ledger: Ledger) -> list[str]:
    return [fault.kind for fault in ledger.faults]


def test_a_household_is_placed_by_the_building_it_names() -> None:
    ledger = settled(street(2, ledger=[{"building_id": "B1", "persons": 3}]))
    assert list(ledger.households["placed_in"]) == ["B1"]
    assert list(ledger.households["placed_by"]) == ["building"]
    assert ledger.buildings["households"].to_dict() == {"B0": 0, "B1": 1}
    assert ledger.buildings["persons"].to_dict() == {"B0": 0, "B1": 3}


def test_a_household_is_placed_by_its_address_whatever_the_width_of_its_digits() -> None:
    layers = street(2, ledger=[{"address": "人民路 １２号"}], address=["人民路12号", "人民路14号"])
    ledger = settled(layers)
    assert list(ledger.households["placed_in"]) == ["B0"]
    assert list(ledger.households["placed_by"]) == ["address"]


def test_an_address_that_two_buildings_share_places_nobody() -> None:
    layers = street(2, ledger=[{"address": "人民路12号"}], address=["人民路12号"] * 2)
    ledger = settled(layers)
    assert bins(ledger) == ["no_place"]
    sentence = ledger.faults[0].text("en")
    assert sentence == "Ledger row 1 has no place: several buildings have its address."


def test_a_household_is_placed_by_coordinates_inside_a_footprint() -> None:
    ledger = settled(street(2, ledger=[{"geometry": middle(1)}]))
    assert list(ledger.households["placed_in"]) == ["B1"]
    assert list(ledger.households["placed_by"]) == ["coordinates"]


def test_the_building_goes_before_the_address_and_the_address_before_coordinates() -> None:
    rows = [
        {"building_id": "B0", "address": "x2"},
        {"address": "x1", "geometry": middle(2)},
    ]
    ledger = settled(street(3, ledger=rows, address=["x0", "x1", "x2"]))
    assert list(ledger.households["placed_in"]) == ["B0", "B1"]


def test_coordinates_on_the_wall_of_two_buildings_go_to_the_lower_id_and_are_logged() -> None:
    wall = Point(EAST + 10.0, NORTH + 5.0)
    layers = street(
        2, ledger=[{"geometry": wall}], geometry=[house(0, width=10.0), house(1, width=10.0)]
    )
    ledger = settled(layers)
    assert list(ledger.households["placed_in"]) == ["B0"]
    tie = next(fault for fault in ledger.faults if fault.kind == "tie")
    assert tie.fields == {"chosen": "B0", "others": "B0, B1"}
    assert tie.geometry == wall


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"building_id": "B9"}, "building B9 is not on the map"),
        ({"address": "nowhere 1"}, "no building has its address"),
        ({"geometry": Point(EAST + 9.0, NORTH - 10.0)}, "its coordinates are in no building"),
        ({}, "it gives no building, address or coordinates"),
    ],
)
def test_a_household_without_a_place_is_told_why(row: dict[str, object], why: str) -> None:
    ledger = settled(street(2, ledger=[row]), replace(RULES, reach_m=0.0))
    assert bins(ledger) == ["no_place"]
    assert ledger.faults[0].text("en") == f"Ledger row 1 has no place: {why}."


def test_a_household_under_two_buildings_is_a_conflict_in_all_its_rows() -> None:
    rows = [
        {"household_id": "H", "building_id": "B0"},
        {"household_id": "H", "building_id": "B1"},
        {"household_id": "H", "building_id": "B1"},
    ]
    ledger = settled(street(2, ledger=rows))
    assert bins(ledger) == ["conflict"] * 3
    assert ledger.buildings["households"].sum() == 0
    assert "B0, B1" in ledger.faults[0].text("en")


def test_coordinates_in_another_footprint_than_the_building_named_are_a_conflict() -> None:
    ledger = settled(street(2, ledger=[{"building_id": "B0", "geometry": middle(1)}]))
    assert bins(ledger) == ["conflict"]


def test_coordinates_on_the_street_do_not_contradict_the_building_named() -> None:
    beside = Point(EAST + 9.0, NORTH + 5.0)
    ledger = settled(street(2, ledger=[{"building_id": "B0", "geometry": beside}]))
    assert bins(ledger) == ["placed"]


def test_the_second_row_of_a_household_is_a_duplicate_and_the_first_keeps_its_place() -> None:
    rows = [{"household_id": "H", "building_id": "B0"}] * 3
    ledger = settled(street(1, ledger=rows))
    assert bins(ledger) == ["placed", "duplicate", "duplicate"]
    assert ledger.faults[0].fields == {"first": 1}


def test_a_duplicate_with_a_place_goes_before_one_without() -> None:
    rows = [
        {"household_id": "H", "building_id": "B9"},
        {"household_id": "H", "building_id": "B0"},
    ]
    ledger = settled(street(1, ledger=rows))
    assert bins(ledger) == ["duplicate", "placed"]
    assert ledger.faults[0].fields == {"first": 2}


def test_a_household_whose_building_is_in_no_community_is_outside() -> None:
    layers = street(3, ledger=[{"building_id": "B2"}], communities=[stretch(0, 2)])
    ledger = settled(layers)
    assert bins(ledger) == ["outside"]
    assert ledger.buildings["households"].sum() == 0


def test_a_household_whose_point_is_in_no_community_is_outside() -> None:
    ledger = settled(street(1, ledger=[{"geometry": Point(EAST - 5000, NORTH)}]))
    assert bins(ledger) == ["outside"]


def test_a_waived_household_is_waived_before_anything_else_and_says_why() -> None:
    rows = [
        {"household_id": "H", "building_id": "B0", "persons": 2},
        {"household_id": "H", "building_id": "B1", "persons": 1},
    ]
    ledger = settled(street(2, ledger=rows), H="moving on Friday")
    assert bins(ledger) == ["waived", "waived"]
    assert ledger.balance.persons["waived"] == 3
    assert ledger.faults[0].text("en") == "Ledger row 1 was waived: moving on Friday."


def test_every_household_without_a_place_is_a_fault_of_its_bin_with_its_point() -> None:
    far = Point(EAST - 5000, NORTH)
    rows = [{"building_id": "B9"}, {"geometry": far}, {"building_id": "B0"}]
    ledger = settled(street(1, ledger=rows))
    found = [
        (f.row, f.kind, f.geometry) for f in ledger.faults if f.layer == "households" and f.row
    ]
    assert found == [(1, "no_place", None), (2, "outside", far)]


def test_no_fault_names_a_household_or_its_address() -> None:
    rows = [{"household_id": "secret", "address": "secret road 1"}] * 2
    ledger = settled(street(1, ledger=rows))
    said = "".join(fault.text(tongue) for fault in ledger.faults for tongue in ("zh", "en"))
    assert "secret" not in said


def test_persons_nobody_counted_add_up_to_the_rule_rounded_once() -> None:
    rows = [{"building_id": "B0", "persons": 4 if n == 0 else float("nan")} for n in range(6)]
    ledger = settled(street(1, ledger=rows))
    assert list(ledger.households["persons"]) == [4, 3, 2, 3, 2, 3]
    assert ledger.balance.persons["placed"] == 4 + 13
    estimated = next(fault for fault in ledger.faults if fault.kind == "persons_estimated")
    assert estimated.fields == {"count": 5, "per_household": 2.6}


def test_a_home_nobody_is_registered_in_is_listed_and_a_school_is_not() -> None:
    layers = street(3, ledger=[{"building_id": "B0"}], use=["住宅", "Résidentiel", "school"])
    ledger = settled(layers)
    assert ledger.balance.residential_without_households == ("B1",)
    assert [fault.row for fault in ledger.faults if fault.kind == "home_empty"] == [2]


def test_without_a_ledger_the_counts_of_the_buildings_are_the_ledger() -> None:
    layers = street(
        3, households=[10, 5, float("nan")], persons=[30, 12, 0], communities=[stretch(0, 1)]
    )
    ledger = settled(layers)
    assert ledger.balance.source == "counts"
    assert ledger.balance.ledger_households == 15
    assert ledger.balance.households["placed"] == 10
    assert ledger.balance.households["outside"] == 5
    assert ledger.balance.persons["outside"] == 12
    assert ledger.buildings["households"].to_dict() == {"B0": 10, "B1": 0, "B2": 0}
    assert kinds(ledger) == ["households_unknown", "count_outside"]
    assert ledger.households.empty


def test_persons_of_counted_buildings_are_estimated_where_they_are_missing() -> None:
    ledger = settled(street(2, households=[5, 5], persons=[20, float("nan")]))
    assert ledger.buildings["persons"].to_dict() == {"B0": 20, "B1": 13}
    assert not ledger.buildings["estimated"].any()


def test_without_any_counts_households_are_estimated_from_floor_area_and_marked() -> None:
    layers = street(
        5, use=["住宅", "house", "", "school", ""], floors=[6, float("nan"), 3, 4, float("nan")]
    )
    layers.buildings["height_m"] = [float("nan"), 9.0, float("nan"), 12.0, float("nan")]
    ledger = settled(layers)
    assert ledger.buildings["households"].to_dict() == {"B0": 5, "B1": 2, "B2": 2, "B3": 0, "B4": 2}
    assert ledger.buildings["estimated"].all()
    assert ledger.balance.source == "estimated"
    assert ledger.balance.estimated_households == 11
    assert "100" in ledger.faults[0].text("en")


def test_a_shed_of_unknown_use_has_no_household_estimated() -> None:
    ledger = settled(street(2, geometry=[house(0, width=2.0), house(1)]))
    assert ledger.buildings["households"].to_dict() == {"B0": 0, "B1": 2}


def test_households_are_estimated_from_persons_where_only_those_are_known() -> None:
    ledger = settled(street(2, persons=[26, 0], use=["住宅", "住宅"]))
    assert ledger.buildings["households"].to_dict() == {"B0": 10, "B1": 0}
    assert ledger.buildings["persons"].to_dict() == {"B0": 26, "B1": 0}


def test_what_comes_out_keeps_the_contracts_of_the_tables() -> None:
    for ledger in (settled(street(1, ledger=[{}])), settled(street(1))):
        require(ledger.buildings, SETTLED)
        require(ledger.households, HOUSEHOLDS)
        assert {"bin", "placed_in", "community_code"} <= set(ledger.households.columns)
        assert "community_code" in ledger.buildings.columns


def test_an_unplaced_household_still_says_which_community_its_point_lies_in() -> None:
    gap = Point(EAST + 9.0, NORTH + 5.0)
    ledger = settled(street(2, ledger=[{"geometry": gap}]))
    assert list(ledger.households["community_code"]) == ["C0"]


def test_settling_does_not_change_what_was_read() -> None:
    layers = street(2, ledger=[{"building_id": "B0"}])
    before = layers.households.copy(), layers.buildings.copy()
    settled(layers)
    assert layers.households.equals(before[0])
    assert layers.buildings.equals(before[1])
