"""Whatever happens to a town in a month: nobody is lost between the versions, nobody is twice."""

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import translate

from gridmap.layers.changes import Version, compare_versions
from gridmap.layers.ledger import settle_households
from gridmap.rules import Rules
from tests.unit.layers.street import METRIC, house, street

HOUSES = 12


@dataclass(frozen=True)
class Household:
    """What a test knows of one household."""

    name: str
    house: int
    persons: int

    def row(self, names: dict[int, str]) -> dict[str, object]:
        """Write its row, with the door that is its own."""
        return {
            "household_id": self.name,
            "building_id": names.get(self.house, "gone"),
            "persons": float(self.persons),
            "floor": self.name.removeprefix("H"),
        }


def made(households: list[Household], names: dict[int, str], slack_m: float = 0.0) -> Version:
    """Make a version: houses by place, numbered as `names` says, drawn anew a little aside."""
    told: list[dict[str, object]] = [
        {"household_id": "none", "building_id": ""},
        *(one.row(names) for one in households),
    ]
    layers = street(len(names), ledger=told)
    frame = layers.buildings.set_axis(
        pd.Index(list(names.values()), name="building_id", dtype="str")
    )
    outlines = [translate(house(place), slack_m, slack_m) for place in names]
    frame = frame.set_geometry(gpd.GeoSeries(outlines, index=frame.index, crs=METRIC))
    frame = frame.assign(community_code="C0")
    layers = type(layers)(
        **{name: getattr(layers, name) for name in layers.__slots__} | {"buildings": frame}
    )
    return Version(layers, settle_households(layers, rules=Rules()))


places = st.integers(0, HOUSES - 1)
ledgers = st.lists(st.tuples(places, st.integers(0, 6)), min_size=1, max_size=25)
fates = st.lists(
    st.one_of(
        st.just(("stay",)),
        st.just(("stay",)),
        st.just(("stay",)),
        st.just(("out",)),
        st.tuples(st.just("move"), places),
        st.tuples(st.just("grow"), st.integers(0, 6)),
    ),
    min_size=25,
    max_size=25,
)
newcomers = st.lists(st.tuples(places, st.integers(0, 6)), max_size=5)
razed = st.sets(places, max_size=3)


@settings(max_examples=80, deadline=None)
@given(ledgers, fates, newcomers, razed, st.booleans(), st.floats(0.0, 0.05))
def test_old_households_less_those_who_went_and_those_who_came_are_the_new_ones(
    ledger: list[tuple[int, int]],
    fate: list[tuple[str, int]],
    came: list[tuple[int, int]],
    gone: set[int],
    renumbered: bool,  # noqa: FBT001 (drawn)
    slack_m: float,
) -> None:
    old_names = {place: f"B{place}" for place in range(HOUSES)}
    kept = [place for place in range(HOUSES) if place not in gone]
    new_names = {place: (f"N{place}" if renumbered else f"B{place}") for place in kept}
    before = [Household(f"H{n}", *told) for n, told in enumerate(ledger)]
    after, truth = [], {"in": len(came), "out": 0}
    for one, (what, *how) in zip(before, fate, strict=False):
        if what == "out" or (one.house in gone and what != "move"):
            truth["out"] += 1
            continue
        house_now = how[0] if what == "move" else one.house
        if house_now in gone:
            house_now = kept[0]
        after.append(Household(one.name, house_now, how[0] if what == "grow" else one.persons))
    moved = sum(one.house != now.house for now in after for one in before if one.name == now.name)
    after += [Household(f"H{100 + n}", kept[where % len(kept)], p) for n, (where, p) in
              enumerate(came)]  # fmt: skip
    old, new = made(before, old_names), made(after, new_names, slack_m)
    changes = compare_versions(old, new)

    found = changes.households.counts()
    persons = {side: changes.households.counts(f"{side}_persons") for side in ("old", "new")}
    assert changes.households.before[0] == old.ledger.balance.ledger_households
    assert changes.households.after[0] == new.ledger.balance.ledger_households
    assert changes.households.before[0] - found["out"] + found["in"] == changes.households.after[0]
    stayed = ("same", "changed", "moved")
    grown = sum(persons["new"][kind] - persons["old"][kind] for kind in stayed)
    assert (
        changes.households.before[1] - persons["old"]["out"] + grown + persons["new"]["in"]
        == changes.households.after[1]
    )
    assert changes.households.after[1] == new.ledger.balance.ledger_persons
    ids = changes.households.rows
    assert not ids.loc[ids["old_id"] != "", "old_id"].duplicated().any()
    assert not ids.loc[ids["new_id"] != "", "new_id"].duplicated().any()
    homes = changes.homes
    assert homes["households_before"].sum() == old.ledger.balance.households["placed"]
    assert homes["households_after"].sum() == new.ledger.balance.households["placed"]
    arrived = homes["households_before"] - homes["went"] + homes["came"]
    assert (arrived == homes["households_after"]).all()
    if changes.households.trust.is_given:
        assert (found["in"], found["out"], found["moved"]) == (truth["in"], truth["out"], moved)
    buildings = changes.buildings.counts()
    assert buildings["gone"] == len(gone)
    assert buildings["new"] == buildings["moved"] == 0
