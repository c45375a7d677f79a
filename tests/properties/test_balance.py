"""No ledger, however spoilt, loses a household or a person, or counts one twice."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from gridmap.layers.balance import BINS
from gridmap.layers.checks import CHECKS
from gridmap.layers.decisions import Decision, Decisions
from gridmap.layers.drill import list_rows
from gridmap.layers.ledger import settle_households
from gridmap.rules import Rules
from tests.unit.layers.street import EAST, NORTH, middle, street, stretch, waiving

HOUSES = 5
ADDRESSES = ["1号", "2号", "2号", "", "5号"]

points = st.one_of(
    st.none(),
    st.integers(0, HOUSES).map(middle),
    st.floats(0, 60).map(lambda x: Point(EAST + x, NORTH + 5.0)),
    st.just(Point(EAST - 9000, NORTH)),
)
rows = st.fixed_dictionaries(
    {
        "household_id": st.integers(0, 12).map("H{}".format),
        "building_id": st.sampled_from(["", *(f"B{n}" for n in range(HOUSES + 2))]),
        "address": st.sampled_from(["", "\uff11 号", "2号", "5号", "99号"]),
        "persons": st.one_of(st.just(float("nan")), st.integers(0, 9).map(float)),
        "geometry": points,
    }
)
counts = st.lists(
    st.one_of(st.just(float("nan")), st.integers(0, 700).map(float)),
    min_size=HOUSES,
    max_size=HOUSES,
)
borders = st.floats(0.5, HOUSES)  # anywhere along the street, through houses too
sheets = st.sampled_from(["", "一组", "二组"])
decisions = st.lists(
    st.one_of(
        st.builds(
            Decision,
            st.sampled_from(["waive", "restore"]),
            st.integers(0, 13).map("H{}".format),
            reason=st.sampled_from(["空户", "gone"]),
            by=st.just("李"),
        ),
        st.builds(
            Decision,
            st.sampled_from(["match", "reject"]),
            st.sampled_from(["99号", "2号", "7号"]),
            st.integers(0, HOUSES + 1).map("B{}".format),
            by=st.just("李"),
        ),
    ),
    max_size=6,
).map(lambda told: Decisions(tuple(told)))
waivers = st.sets(st.integers(0, 12).map("H{}".format), max_size=2)


@settings(max_examples=60)
@given(st.lists(rows, max_size=30), borders, waivers)
def test_every_row_of_a_ledger_is_in_exactly_one_bin(
    ledger: list[dict[str, object]], border: float, waived: set[str]
) -> None:
    layers = street(
        HOUSES,
        ledger=[{"household_id": "H0"}, *ledger],
        communities=[stretch(0, border / 2), stretch(border / 2, border)],
        address=ADDRESSES,
    )
    settled = settle_households(
        layers, rules=Rules(), decisions=waiving(dict.fromkeys(waived, "gone"))
    )
    balance, households = settled.balance, settled.households
    assert balance.is_balanced
    assert balance.ledger_households == len(ledger) + 1
    assert Counter(households["bin"]) == Counter({k: v for k, v in balance.households.items() if v})
    assert set(households["bin"]) <= set(BINS)
    assert balance.persons["placed"] == settled.buildings["persons"].sum()
    assert balance.households["placed"] == settled.buildings["households"].sum()
    placed = households[households["bin"] == "placed"]
    assert placed.index.is_unique
    assert placed["placed_in"].isin(layers.buildings.index).all()
    homes = layers.buildings.loc[placed["placed_in"], "community_code"]
    assert (homes != "").all()
    assert (households.loc[households["bin"] != "placed", "placed_in"] == "").all()
    told = [fault.row for fault in settled.faults if fault.kind in BINS]
    assert sorted(told, key=str) == sorted(
        households.loc[households["bin"] != "placed", "row"], key=str
    )


@settings(max_examples=40)
@given(counts, counts, borders)
def test_every_counted_household_is_in_exactly_one_bin_and_listed_under_it(
    households: list[float], persons: list[float], border: float
) -> None:
    layers = street(
        HOUSES, households=households, persons=persons, communities=[stretch(0, border)]
    )
    settled = settle_households(layers, rules=Rules())
    balance = settled.balance
    assert balance.is_balanced
    assert sum(balance.households.values()) == balance.ledger_households
    assert balance.households["placed"] == settled.buildings["households"].sum()
    assert balance.persons["placed"] == settled.buildings["persons"].sum()
    inside = layers.buildings["community_code"] != ""
    assert (settled.buildings.loc[~inside, "households"] == 0).all()
    for name in BINS:
        listed = list_rows(layers, settled, name, language="zh")["households"]
        assert int(listed.sum()) == balance.households[name]


@settings(max_examples=25)
@given(st.permutations(range(8)), st.lists(rows, min_size=8, max_size=8))
def test_the_order_of_a_ledger_does_not_move_a_household_to_another_building(
    order: list[int], ledger: list[dict[str, object]]
) -> None:
    def places(told: list[dict[str, object]]) -> dict[str, str]:
        layers = street(HOUSES, ledger=told, address=ADDRESSES)
        households = settle_households(layers, rules=Rules()).households
        placed = households[households["bin"] == "placed"]
        return dict(zip(placed.index, placed["placed_in"], strict=True))

    assert places(ledger) == places([ledger[n] for n in order])


@settings(max_examples=40)
@given(st.lists(st.tuples(rows, sheets), max_size=25), borders, decisions)
def test_whatever_was_decided_each_row_is_in_the_one_bin_it_is_listed_under(
    told: list[tuple[dict[str, object], str]], border: float, decided: Decisions
) -> None:
    ledger: list[dict[str, object]] = [
        {"household_id": "H0"},
        *({**row, "sheet": sheet} for row, sheet in told),
    ]
    layers = street(
        HOUSES,
        ledger=ledger,
        communities=[stretch(0, border / 2), stretch(border / 2, border)],
        address=ADDRESSES,
        floors=[1.0] * HOUSES,
        units_per_floor=[2.0] * HOUSES,
    )
    settled = settle_households(layers, rules=Rules(), decisions=decided)
    balance, households = settled.balance, settled.households
    assert balance.is_balanced
    assert balance.ledger_households == len(ledger) == len(households)
    assert balance.persons["placed"] == settled.buildings["persons"].sum()
    by_building = households[households["bin"] == "placed"].groupby("placed_in").size()
    held = settled.buildings["households"]
    assert by_building.to_dict() == held[held > 0].to_dict()
    listed: list[tuple[object, ...]] = []
    for name in BINS:
        rows_of = list_rows(layers, settled, name, language="zh")
        assert len(rows_of) == balance.households[name]
        assert (rows_of["why"] != "").all()
        listed += rows_of[["sheet", "row"]].itertuples(index=False, name=None)
    assert sorted(listed) == sorted(zip(households["sheet"], households["row"], strict=True))
    for check in CHECKS:
        assert len(list_rows(layers, settled, check, language="zh")) == balance.checks[check]
    waived = set(households.index[households["bin"] == "waived"])
    assert waived == set(decided.waived()) & set(households.index)


@settings(max_examples=25)
@given(st.lists(rows, min_size=1, max_size=20), st.floats(0, 3))
def test_a_check_points_out_and_moves_nobody(
    ledger: list[dict[str, object]], tolerance: float
) -> None:
    known = {"floors": [1.0] * HOUSES, "units_per_floor": [2.0] * HOUSES}
    plain, checked = (
        settle_households(
            street(HOUSES, ledger=ledger, address=ADDRESSES, **columns),
            rules=Rules(capacity_tolerance=tolerance),
        )
        for columns in ({}, known)
    )
    assert list(plain.households["bin"]) == list(checked.households["bin"])
    assert plain.balance == checked.balance
