"""What places a household, what is only offered, and what a person's word changes."""

from dataclasses import replace

import pytest
from shapely import Point

from gridmap.layers.decisions import Decision, Decisions
from gridmap.layers.ledger import Ledger, settle_households
from gridmap.layers.offering import decision_subjects
from gridmap.rules import Rules
from gridmap.schema import Layers
from tests.unit.layers.street import EAST, NORTH, house, middle, street, stretch

RULES = Rules()
ADDRESS = ("人民路12号", "人民路14号", "人民路16号阳光花园3幢")


def settled(layers: Layers, *decisions: Decision, rules: Rules = RULES) -> Ledger:
    ledger = settle_households(layers, rules=rules, decisions=Decisions(decisions))
    assert ledger.balance.is_balanced
    return ledger


def placed(ledger: Ledger) -> list[tuple[str, str]]:
    told = ledger.households
    return list(zip(told["placed_in"], told["placed_by"], strict=True))


def offers(ledger: Ledger) -> list[str]:
    return list(ledger.offers["building_id"])


def on_road(**row: object) -> Layers:
    return street(3, ledger=[row], address=ADDRESS)


def far_apart(*places: float, **row: object) -> Layers:
    ground = [stretch(-1, max(places) + 2)]
    shapes = [house(place) for place in places]
    return street(len(places), ledger=[row], geometry=shapes, communities=ground)


def east_of(place: float, metres: float) -> Point:
    return Point(EAST + 10.0 * place + 8.0 + metres, NORTH + 5.0)


def test_an_address_read_by_its_parts_places_and_gives_entrance_and_floor() -> None:
    ledger = settled(on_road(address="阳光花园三栋二单元1203"))
    assert placed(ledger) == [("B2", "parsed")]
    assert list(ledger.households["entrance"]) == ["2"]
    assert list(ledger.households["floor"]) == ["12"]
    note = next(fault for fault in ledger.faults if fault.kind == "placed_parsed")
    assert note.fields["count"] == 1


def test_what_the_ledger_says_of_entrance_and_floor_goes_before_the_address() -> None:
    told = on_road(address="人民路12号2单元1203", entrance="甲", floor="11")
    ledger = settled(told)
    assert list(ledger.households["entrance"]) == ["甲"]
    assert list(ledger.households["floor"]) == ["11"]


def test_a_parsed_address_whose_point_lies_in_another_footprint_is_offered_with_both() -> None:
    ledger = settled(on_road(address="人民路12号1203室", geometry=middle(1)))
    assert list(ledger.households["bin"]) == ["no_place"]
    assert offers(ledger)[:2] == ["B0", "B1"]


def test_coordinates_in_a_building_of_another_address_are_only_offered() -> None:
    ledger = settled(on_road(address="人民路99号", geometry=middle(1)))
    assert list(ledger.households["bin"]) == ["no_place"]
    assert "B1" in offers(ledger)


def test_coordinates_place_where_the_address_says_nothing_against_it() -> None:
    ledger = settled(on_road(address="人民路", geometry=middle(1)))
    assert placed(ledger) == [("B1", "coordinates")]


@pytest.mark.parametrize(
    "address",
    ["人民路12号旁小屋", "人民路13号", "人明路12号", "人民路16号阳光花园8幢"],
)
def test_an_address_that_is_only_near_places_nobody_and_is_offered(address: str) -> None:
    ledger = settled(on_road(address=address))
    assert list(ledger.households["bin"]) == ["no_place"]
    assert offers(ledger)
    assert "only near" in ledger.faults[0].text("en")


def test_an_id_that_differs_in_zeros_and_case_is_offered_and_not_taken() -> None:
    ledger = settled(street(3, ledger=[{"building_id": "b001"}]))
    assert list(ledger.households["bin"]) == ["no_place"]
    assert offers(ledger) == ["B1"]


def test_the_nearest_footprint_within_reach_places_less_surely_the_further_it_is() -> None:
    near, far = (settled(far_apart(0, 20, geometry=east_of(0, metres))) for metres in (1.0, 20.0))
    assert placed(near) == placed(far) == [("B0", "nearest")]
    assert near.households["confidence"].iloc[0] > far.households["confidence"].iloc[0] >= 0.95


def test_beyond_reach_and_with_reach_off_nobody_is_placed_by_coordinates() -> None:
    layers = far_apart(0, 20, geometry=east_of(0, 20.0))
    for reach in (0.0, 19.9):
        ledger = settled(layers, rules=replace(RULES, reach_m=reach))
        assert list(ledger.households["bin"]) == ["no_place"]
        assert offers(ledger) == []


def test_a_point_as_near_to_two_footprints_is_offered_both() -> None:
    ledger = settled(far_apart(0, 2, geometry=east_of(0, 5.0)))
    assert list(ledger.households["bin"]) == ["no_place"]
    assert sorted(offers(ledger)) == ["B0", "B1"]


def test_below_the_sure_confidence_nothing_is_placed() -> None:
    layers = on_road(address="阳光花园三栋二单元1203")
    ledger = settled(layers, rules=replace(RULES, match_sure=0.99))
    assert list(ledger.households["bin"]) == ["no_place"]
    assert offers(ledger) == ["B2"]


def test_a_match_that_was_taken_goes_before_all_and_one_turned_down_is_not_offered() -> None:
    layers = on_road(address="人民路13号")
    subject = decision_subjects(layers.households)[0]
    first = settled(layers)
    assert {"B0", "B1"} <= set(offers(first))
    taken = settled(layers, Decision("match", subject, "B1", by="x"))
    assert placed(taken) == [("B1", "decision")]
    turned = settled(layers, Decision("reject", subject, "B1", by="x"))
    assert "B1" not in offers(turned)
    assert "B0" in offers(turned)


def test_a_decision_about_a_row_without_an_address_is_remembered_by_its_household() -> None:
    layers = street(3, ledger=[{"household_id": "H7", "building_id": "b001"}])
    ledger = settled(layers, Decision("match", "H7", "B1", by="x"))
    assert placed(ledger) == [("B1", "decision")]
    assert not [fault for fault in ledger.faults if fault.layer == "decisions"]


def test_what_the_last_version_said_holds_only_for_a_row_that_says_nothing() -> None:
    layers = street(3, ledger=[{}, {"address": "无此路1号"}, {}], address=ADDRESS)
    kept = layers.households.assign(kept_in=["B1", "B1", "B9"])
    ledger = settled(replace(layers, households=kept))
    assert placed(ledger) == [("B1", "kept"), ("", ""), ("", "")]
    assert ledger.ways == {"kept": 1}


def test_an_address_without_its_building_places_nobody_where_there_are_several() -> None:
    address = [f"人民路16号阳光花园{n}幢" for n in (1, 2, 3)]
    ledger = settled(street(3, ledger=[{"address": "阳光花园1203室"}], address=address))
    assert list(ledger.households["bin"]) == ["no_place"]


def test_a_house_number_alone_means_no_building_where_the_map_has_another_under_it() -> None:
    address = ["人民路16号", "人民路16号2幢"]
    ledger = settled(street(2, ledger=[{"address": "人民路16号1203室"}], address=address))
    assert list(ledger.households["bin"]) == ["no_place"]
    assert "B0" in offers(ledger)


def test_3_302_after_a_house_number_is_a_building_only_where_the_map_has_one() -> None:
    told = {"address": "人民路16号3-302"}
    several = street(3, ledger=[told], address=[f"人民路16号{n}幢" for n in (1, 2, 3)])
    assert placed(settled(several)) == [("B2", "parsed")]
    alone = settled(street(1, ledger=[told], address=["人民路16号"]))
    assert placed(alone) == [("B0", "parsed")]
    assert list(alone.households["entrance"]) == ["3"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("苏州市姑苏区人民路12号5室", "B0"),
        ("姑苏人民路12号5室", "B0"),
        ("江苏省姑苏区人民路12号5室", "B0"),
        ("苏州市吴中区人民路12号5室", ""),
        ("杭州市人民路12号5室", ""),
        ("社区人民路12号5室", ""),
    ],
)
def test_what_is_left_out_contradicts_nothing_and_another_area_does(typed: str, found: str) -> None:
    layers = street(1, ledger=[{"address": typed}], address=["苏州市姑苏区人民路12号"])
    assert list(settled(layers).households["placed_in"]) == [found]


def test_what_was_turned_down_does_no_harm_where_nothing_is_offered() -> None:
    ledger = settled(on_road(), Decision("reject", "人民路99号", "B0", by="x"))
    assert list(ledger.households["bin"]) == ["no_place"]
    assert ledger.offers.empty


def test_offers_are_listed_best_first() -> None:
    ledger = settled(on_road(address="人民路13号", geometry=None))
    scores = list(ledger.offers["score"])
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < RULES.match_sure for score in scores)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("姑苏区人民路12号", "B0"),
        ("苏州市姑苏区人民路12号2单元501", "B0"),
        ("吴中区人民路12号501室", "B1"),
        ("人民路12号501室", ""),
        ("姑苏区人民路16号501室", ""),
    ],
)
def test_a_house_number_that_another_district_has_too_is_found_by_its_district(
    typed: str, found: str
) -> None:
    address = ["苏州市姑苏区人民路12号", "苏州市吴中区人民路12号"]
    address += ["苏州市姑苏区人民路16号", "苏州市姑苏区人民路16号2幢"]
    layers = street(4, ledger=[{"address": typed}], address=address)
    assert list(settled(layers).households["placed_in"]) == [found]


@pytest.mark.parametrize(
    ("typed", "address", "found"),
    [
        ("锦绣城3-2", ["锦绣城3栋", "锦绣城3-2栋"], ""),
        ("锦绣城3-2-501", ["锦绣城3栋", "锦绣城3-2栋"], ""),
        ("锦绣城3栋2单元501", ["锦绣城3栋", "锦绣城3-2栋"], "B0"),
        ("锦绣城3-2-501", ["锦绣城3栋", "锦绣城4-2栋"], "B0"),
        ("和平路100-1-301", ["和平路100号", "和平路100弄1号"], ""),
        ("和平路100-1-301", ["和平路100号", "和平路100-1号"], ""),
        ("和平路100-1-301", ["和平路100号", "和平路102弄1号"], "B0"),
        ("和平路100-1", ["和平路100号", "和平路100号之一"], "B1"),
        ("和平路100-1", ["和平路100号", "和平路102号"], ""),
    ],
)
def test_a_number_with_a_dash_that_may_mean_two_buildings_is_only_offered(
    typed: str, address: list[str], found: str
) -> None:
    ledger = settled(street(2, ledger=[{"address": typed}], address=address))
    assert list(ledger.households["placed_in"]) == [found]
    assert found or "B0" in offers(ledger)


def test_an_area_typed_in_front_of_a_district_without_its_word_is_known() -> None:
    layers = street(
        1, ledger=[{"address": "苏州姑苏区人民路12号"}], address=["苏州市姑苏区人民路12号"]
    )
    assert list(settled(layers).households["placed_in"]) == ["B0"]


def test_a_decision_about_an_address_leaves_a_row_whose_own_id_or_point_says_where_it_is() -> None:
    told = {"address": "人民路30号院"}
    ledger = [told, {**told, "building_id": "B1"}, {**told, "geometry": middle(2)}]
    layers = street(3, ledger=ledger, address=[f"人民路30号院{n}号楼" for n in (1, 2, 3)])
    decided = settled(layers, Decision("match", "人民路30号院", "B0", by="x"))
    assert placed(decided) == [("B0", "decision"), ("B1", "building"), ("B2", "coordinates")]
    assert placed(decided)[1:] == placed(settled(layers))[1:]


@pytest.mark.parametrize(
    "typed", ["无", "地址不详", "/", "0", "姑苏区", "苏州市姑苏区", "人民路", "大王村"]
)
def test_an_address_that_names_no_house_places_nobody_though_the_map_says_no_more_of_one(
    typed: str,
) -> None:
    layers = street(2, ledger=[{"address": typed}], address=[typed, "人民路1号"])
    assert list(settled(layers).households["bin"]) == ["no_place"]


@pytest.mark.parametrize("typed", ["金桂公寓", "曙光新村", "阳光小区"])
def test_a_name_that_only_one_building_has_is_enough(typed: str) -> None:
    layers = street(2, ledger=[{"address": typed}], address=[typed, "人民路1号"])
    assert placed(settled(layers)) == [("B0", "address")]


def test_a_word_for_no_address_says_nothing_against_coordinates() -> None:
    layers = street(1, ledger=[{"address": "不详", "geometry": middle(0)}], address=["阳光花园1幢"])
    assert placed(settled(layers)) == [("B0", "coordinates")]
