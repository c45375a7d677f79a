"""What is wrong with a balanced ledger is pointed out, counted, and changes no bin."""

import pytest

from gridmap.layers.ledger import Ledger, settle_households
from gridmap.rules import Rules
from gridmap.schema import Layers
from tests.unit.layers.street import street


def found(layers: Layers, kind: str, **rules: float) -> list[int | None]:
    ledger = settled(layers, **rules)
    rows = [fault.row for fault in ledger.faults if fault.kind == kind]
    assert ledger.balance.checks[kind] == len(rows)
    return rows


def settled(layers: Layers, **rules: float) -> Ledger:
    ledger = settle_households(layers, rules=Rules(**rules))  # type: ignore[arg-type]
    assert ledger.balance.is_balanced
    assert ledger.balance.to_dict()["checks"] == ledger.balance.checks
    for fault in ledger.faults:
        assert fault.text("zh") != fault.text("en")
    return ledger


def test_a_home_without_households_is_counted() -> None:
    layers = street(2, ledger=[{"building_id": "B0"}], use=["住宅", "住宅"])
    assert found(layers, "home_empty") == [2]


@pytest.mark.parametrize(("households", "kind"), [(10, "building_over"), (2, "building_under")])
def test_a_building_far_from_its_floors_times_units_is_pointed_out(
    households: int, kind: str
) -> None:
    ledger = [{"building_id": "B0"} for _ in range(households)]
    layers = street(1, ledger=ledger, floors=[3], units_per_floor=[2])
    assert found(layers, kind) == [1]
    fields = next(f for f in settled(layers).faults if f.kind == kind).fields
    assert fields == {"building": "B0", "households": households, "homes": 6}
    assert found(layers, kind, capacity_tolerance=0.9) == []


@pytest.mark.parametrize("households", [3, 6, 9])
def test_a_building_within_the_tolerance_is_left_alone(households: int) -> None:
    ledger = [{"building_id": "B0"} for _ in range(households)]
    layers = street(1, ledger=ledger, floors=[3], units_per_floor=[2])
    assert found(layers, "building_over") == found(layers, "building_under") == []


def test_only_buildings_of_which_both_numbers_are_known_are_held_against_them() -> None:
    ledger = [{"building_id": f"B{n % 2}"} for n in range(40)]
    nan = float("nan")
    layers = street(2, ledger=ledger, floors=[3, nan], units_per_floor=[nan, 2])
    assert found(layers, "building_over") == []


def test_an_empty_home_is_pointed_out_once_and_an_office_not_at_all() -> None:
    layers = street(
        2,
        ledger=[{"household_id": "H"}],
        floors=[3, 3],
        units_per_floor=[2, 2],
        use=["住宅", "办公"],
    )
    assert found(layers, "building_under") == []


def test_a_household_with_no_person_is_named_but_not_one_nobody_counted() -> None:
    rows: list[dict[str, object]] = [
        {"building_id": "B0", "persons": 0},
        {"building_id": "B0"},
    ]
    assert found(street(1, ledger=rows), "household_empty") == [1]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("幸福路1号3栋2单元302室", "幸福路１号３幢２单元３０２", True),
        ("幸福路1号3栋2单元0302室", "幸福路1号3栋二单元三零二室", True),
        ("幸福路1号3栋2单元302室", "幸福路1号3栋1单元302室", False),
        ("幸福路1号3栋2单元302室", "幸福路1号3栋2单元303室", False),
        ("幸福路1号3栋", "幸福路1号3栋", False),
    ],
)
def test_two_households_in_one_home_are_named_with_both_rows(
    one: str, other: str, *, is_same: bool
) -> None:
    rows = [
        {"household_id": "A", "building_id": "B0", "address": one},
        {"household_id": "X", "building_id": "B0", "address": "幸福路1号3栋2单元901室"},
        {"household_id": "B", "building_id": "B0", "address": other},
        {"household_id": "C", "building_id": "B1", "address": one},
    ]
    layers = street(2, ledger=rows)
    assert found(layers, "household_twice") == ([3] if is_same else [])
    if is_same:
        fault = next(f for f in settled(layers).faults if f.kind == "household_twice")
        assert fault.fields == {"household": "B", "other": "A", "first": 1}


def test_one_household_under_two_spellings_of_its_address_is_named() -> None:
    rows = [
        {"household_id": "A", "building_id": "B0", "address": "幸福路1号302"},
        {"household_id": "A", "building_id": "B0", "address": "幸福路 1号302"},
        {"household_id": "B", "building_id": "B0", "address": "幸福路1号901"},
        {"household_id": "B", "building_id": "B0", "address": "幸福路1号901"},
        {"household_id": "C", "building_id": "B0", "address": ""},
        {"household_id": "C", "building_id": "B0", "address": "幸福路1号801"},
    ]
    assert found(street(1, ledger=rows), "household_twice") == [2]


def test_the_sheet_of_the_other_row_is_named() -> None:
    rows = [
        {"household_id": "A", "building_id": "B0", "address": "1号302室", "sheet": "一组"},
        {"household_id": "B", "building_id": "B0", "address": "1号302", "sheet": "二组"},
    ]
    fault = next(f for f in settled(street(1, ledger=rows)).faults if f.kind == "household_twice")
    assert (fault.sheet, fault.row, fault.fields["first"]) == ("二组", 2, "一组!1")
