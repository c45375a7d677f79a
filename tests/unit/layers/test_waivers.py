"""A waived household stays waived, whatever line it stands on next month."""

import pytest

from gridmap.layers.decisions import Decision, Decisions
from gridmap.layers.ledger import Ledger, settle_households
from gridmap.layers.waivers import find_subjects
from gridmap.rules import Rules
from gridmap.schema import Layers
from tests.unit.layers.street import street, waiving

NAMELESS = {"id_made": True}


def town(*rows: dict[str, object]) -> Layers:
    layers = street(2, ledger=rows, address=["幸福路1号", "幸福路2号"])
    made = [bool(row.get("id_made")) for row in rows]
    return type(layers)(**{**_fields(layers), "households": layers.households.assign(id_made=made)})


def _fields(layers: Layers) -> dict[str, object]:
    return {name: getattr(layers, name) for name in layers.__slots__}


def settled(layers: Layers, decisions: Decisions) -> Ledger:
    ledger = settle_households(layers, rules=Rules(), decisions=decisions)
    assert ledger.balance.is_balanced
    return ledger


def test_a_row_without_an_id_is_waived_by_its_address_on_whatever_line_it_stands() -> None:
    rows: list[dict[str, object]] = [
        {"household_id": "2", "address": "幸福路 9号", **NAMELESS},
        {"household_id": "H1"},
    ]
    for order in (rows, rows[::-1]):
        ledger = settled(town(*order), waiving({"幸福路9号": "空户"}))
        assert sorted(ledger.households["bin"]) == ["no_place", "waived"]
        assert ledger.households.query("bin == 'waived'").index.tolist() == ["2"]


def test_an_id_made_from_a_line_waives_nobody() -> None:
    ledger = settled(town({"household_id": "2", **NAMELESS}), waiving({"2": "空户"}))
    assert list(ledger.households["bin"]) == ["no_place"]


def test_an_address_that_several_rows_without_an_id_have_waives_none_of_them() -> None:
    rows = [{"household_id": str(n), "address": "幸福路9号", **NAMELESS} for n in (2, 3)]
    ledger = settled(town(*rows), waiving({"幸福路9号": "空户"}))
    assert list(ledger.households["bin"]) == ["no_place", "no_place"]


def test_a_household_that_was_restored_is_where_it_was() -> None:
    decisions = waiving({"H1": "空户"}).with_more([Decision("restore", "H1", by="李")])
    ledger = settled(town({"household_id": "H1", "building_id": "B0"}), decisions)
    assert list(ledger.households["bin"]) == ["placed"]


def test_what_is_asked_for_is_found_by_id_by_line_and_by_address() -> None:
    told = town(
        {"household_id": "H1"}, {"household_id": "3", "address": "幸福路 9号", **NAMELESS}
    ).households
    for asked, subject in (("H1", "H1"), ("3", "幸福路9号"), ("幸福路９号", "幸福路9号")):
        assert find_subjects(told, [asked]) == ([subject], [])


@pytest.mark.parametrize(("asked", "kind"), [("2", "waive_unnamed"), ("H9", "waive_unknown")])
def test_what_cannot_be_remembered_is_refused_with_a_remedy(asked: str, kind: str) -> None:
    told = town({"household_id": "2", **NAMELESS}).households
    found, faults = find_subjects(told, [asked])
    assert found == []
    assert [fault.kind for fault in faults] == [kind]
    assert faults[0].text("zh") != faults[0].text("en")


@pytest.mark.parametrize(
    ("decision", "kind"),
    [
        (Decision("waive", "H9", reason="空户", by="李"), "decision_stale_household"),
        (Decision("match", "幸福路8号", "B7", by="李"), "decision_stale_building"),
        (Decision("match", "幸福路8号", "B1", by="李"), "decision_stale_address"),
    ],
)
def test_a_decision_about_what_is_gone_is_noted_and_no_error(decision: Decision, kind: str) -> None:
    ledger = settled(town({"household_id": "H1", "building_id": "B0"}), Decisions((decision,)))
    notes = [fault for fault in ledger.faults if fault.layer == "decisions"]
    assert [(note.kind, note.level) for note in notes] == [(kind, "noted")]
    assert notes[0].text("zh") != notes[0].text("en")
