"""Whatever an address is made of, it is read back; whatever is typed, reading never fails."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gridmap.layers.address import parse_address
from tests.handwriting import circled, formal, han, wide
from tests.ledgers import NAME_SIGNS

names = st.text(NAME_SIGNS, min_size=2, max_size=3)
estates = st.builds(str.__add__, names, st.sampled_from(["花园", "小区", "新村", "公寓", "城", ""]))
numbers = st.integers(1, 99).map(str)
scripts = st.sampled_from([str, han, wide, formal, circled])
rooms = st.builds(lambda floor, door: f"{floor}{door:02d}", st.integers(1, 33), st.integers(1, 12))
areas = st.sampled_from(["", "云泽市", "江苏省云泽市澄湾区", "澄湾区湖林街道", "湖林镇梅园社区"])


@settings(max_examples=150)
@given(areas, estates, numbers, numbers, rooms, scripts)
@example("", "虹湾", "3", "2", "1203", han)
def test_a_home_in_an_estate_is_read_back(
    area: str, estate: str, house: str, entrance: str, room: str, script: object
) -> None:
    assert callable(script)
    for template in ("{}{}{}栋{}单元{}室", "{}{}{}号楼{}门{}", "{}{}{}幢{}-{}"):
        inside = entrance if "-" in template else script(entrance)
        read = parse_address(template.format(area, estate, script(house), inside, room))
        assert (read.estate, read.building, read.entrance, read.room) == (
            estate,
            house,
            entrance,
            room,
        )
        assert read.floor == room[:-2]
        assert read.rest == ""


@settings(max_examples=100)
@given(areas, names, st.sampled_from(["路", "街", "大道", "巷"]), numbers, numbers, scripts)
def test_a_house_on_a_road_or_a_lane_is_read_back(
    area: str, name: str, kind: str, lane: str, number: str, script: object
) -> None:
    assert callable(script)
    house = parse_address(f"{area}{name}{kind}{script(number)}号")
    assert (house.road, house.number, house.building) == (name + kind, number, "")
    deep = parse_address(f"{area}{name}{kind}{script(lane)}弄{script(number)}号")
    assert (deep.road, deep.lane, deep.number) == (name + kind, lane, number)


@settings(max_examples=300)
@given(
    st.text(
        st.sampled_from("人民路街道村区市县省镇社花园苑栋幢号室单元层楼弄组一二十百甲A1290-#() 第")
    )
)
def test_reading_never_fails_and_is_the_same_every_time(text: str) -> None:
    assert parse_address(text) == parse_address(text)
    assert parse_address(wide(text)) == parse_address(text)
