"""An address is read into its parts, however it is typed."""

from dataclasses import replace

import pytest

from gridmap.layers.address import ParsedAddress, parse_address
from gridmap.layers.address.numerals import number

HOUSE = {"road": "人民路", "number": "12"}
HOME = {"estate": "阳光花园", "building": "3", "entrance": "2", "floor": "12", "room": "1201"}


@pytest.mark.parametrize(
    "typed",
    [
        "阳光花园3栋2单元1201室",
        "阳光花园 3 幢 2 门 1201",
        "阳光花园3-2-1201",
        "阳光花园3#2-1201",
        "阳光花园#3楼2单元12层1201",
        "阳光花园03号楼2单元12F1201房",
        "阳光花园三栋二单元一二〇一室",
        "阳光花园叁棟貳單元壹贰零壹",
        "阳光花园３號樓２單元１２０１戶",
        "阳光花园③栋②单元1201(租户)",
        "阳光花园Ⅲ幢Ⅱ单元1201",
        "阳光花园第三幢二梯1201",
    ],
)
def test_one_home_is_read_alike_from_many_ways_to_write_it(typed: str) -> None:
    assert replace(parse_address(typed), loose="") == ParsedAddress(**HOME)


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        (
            "江苏省苏州市姑苏区平江街道梅园社区人民路12号",
            {
                "province": "江苏",
                "city": "苏州",
                "district": "姑苏",
                "town": "平江",
                "community": "梅园",
                **HOUSE,
            },
        ),
        ("苏州市姑苏区平江街道办事处梅园居委会", {"city": "苏州", "district": "姑苏"}),
        ("人民路甲12号", {"road": "人民路", "number": "12甲"}),
        ("人民路12号甲", {"road": "人民路", "number": "12甲"}),
        ("人民路12号附3号", {"road": "人民路", "number": "12-3"}),
        ("人民路12号之3", {"road": "人民路", "number": "12-3"}),
        ("人民路12-3号", {"road": "人民路", "number": "12-3"}),
        ("人民路12号-3", {"road": "人民路", "number": "12-3"}),
        ("人民路12-302", {**HOUSE, "room": "302", "floor": "3"}),
        ("人民路12号院3号楼", {**HOUSE, "building": "3"}),
        ("人民路12号3楼", {**HOUSE, "floor": "3"}),
        ("人民路12号3楼2单元", {**HOUSE, "building": "3", "entrance": "2"}),
        ("人民路12号3-302", {**HOUSE, "entrance": "3", "room": "302", "loose": "1"}),
        ("人民路12号旁小屋", {**HOUSE, "rest": "旁小屋"}),
        ("云木东区一期9栋", {"estate": "云木东区1期", "district": "", "building": "9"}),
        ("人民路12号对面阳光花园3栋", {**HOUSE, "rest": "对面阳光花园", "estate": ""}),
        ("人民路123弄5号502室", {"lane": "123", "number": "5", "room": "502"}),
        ("人民路123弄4支弄5号", {"lane": "123-4", "number": "5"}),
        ("人民路123弄5号楼", {"lane": "123", "number": "5", "building": ""}),
        ("大王村三组12号", {"estate": "大王村", "group": "3", "building": "12"}),
        ("平江镇大王村第三村民小组12号", {"estate": "大王村", "group": "3", "building": "12"}),
        ("大王村阳光花园3栋", {"community": "大王", "estate": "阳光花园", "building": "3"}),
        ("阳光花园二期3栋", {"estate": "阳光花园2期", "building": "3"}),
        ("城市花园A座1203", {"city": "", "estate": "城市花园", "building": "A"}),
        ("市场路5号", {"city": "", "road": "市场路", "number": "5"}),
        ("中山一路5号", {"road": "中山1路", "number": "5"}),
        ("红桥四巷14号", {"road": "红桥4巷", "number": "14"}),
        ("三元桥路12号", {"road": "三元桥路", "number": "12"}),
        ("人民路243号桥北小区17幢", {"road": "人民路", "number": "243", "estate": "桥北小区"}),
        ("人民路12号阳光大厦A座5F", {**HOUSE, "estate": "阳光大厦", "building": "A", "floor": "5"}),
        ("人民路18-1", {"road": "人民路", "number": "18-1", "room": ""}),
        ("人民路18之一", {"road": "人民路", "number": "18-1"}),
        ("人民路18附1号", {"road": "人民路", "number": "18-1"}),
        ("人民路18号之二301", {"road": "人民路", "number": "18-2", "room": "301"}),
        ("人民路12号院2-1-301", {**HOUSE, "building": "2", "entrance": "1", "room": "301"}),
        ("人民路12号东户", {**HOUSE, "room": "东", "rest": ""}),
        ("人民路12号东第3户", {**HOUSE, "rest": "东"}),
        ("人民路12号院内平房", {**HOUSE, "rest": "内平房"}),
        ("人民路123弄5-502", {"lane": "123", "number": "5", "room": "502"}),
        ("大王村委会1组5号", {"estate": "大王村", "group": "1", "building": "5"}),
        ("大王村村民委员会一组五号", {"estate": "大王村", "group": "1", "building": "5"}),
        ("大王村1组5-1", {"estate": "大王村", "group": "1", "building": "5-1", "room": ""}),
        ("大王村1组5户", {"estate": "大王村", "group": "1", "building": "", "room": "5"}),
        ("阳光花园小区3栋", {"estate": "阳光花园", "building": "3"}),
        ("阳光花园3栋甲单元501", {"estate": "阳光花园", "building": "3", "entrance": "甲"}),
        ("阳光花园3栋东单元501", {"estate": "阳光花园", "building": "3", "entrance": "东"}),
        ("阳光花园3栋2单元501东户", {"entrance": "2", "room": "501", "rest": ""}),
        ("阳光花园3栋501-2", {"building": "3", "entrance": "", "room": "501-2"}),
        ("文昌路7号甲栋", {"road": "文昌路", "number": "7", "building": "甲"}),
        ("阳光花园3 2 501", {"building": "3", "entrance": "2", "room": "501"}),
        ("阳光花园3/2/501", {"building": "3", "entrance": "2", "room": "501"}),
        ("阳光花园三501", {"building": "3", "room": "501"}),
        ("", {"rest": ""}),
    ],
)
def test_an_address_has_these_parts(typed: str, parts: dict[str, str]) -> None:
    read = parse_address(typed)
    assert {part: getattr(read, part) for part in parts} == parts


@pytest.mark.parametrize(
    "typed",
    [
        "和平路100弄1、2号",
        "和平路100弄1，2号",
        "和平路100弄1和2号",
        "和平路100弄1号、2号",
        "和平路100弄1.2号",
        "和平路100弄1至2号",
        "和平路100弄一、二号",
        "和平路100弄一至二号",
    ],
)
def test_two_numbers_are_not_run_together_into_one(typed: str) -> None:
    read = parse_address(typed)
    assert read.number == "1-2" or (read.number == "1" and read.rest)


@pytest.mark.parametrize(
    ("numerals", "digits"),
    [
        ("十", "10"),
        ("十二", "12"),
        ("二十", "20"),
        ("廿三", "23"),
        ("一百零二", "102"),
        ("一二\u3007三", "1203"),
        ("壹拾贰", "12"),
    ],
)
def test_numerals_are_read_by_tens_or_digit_by_digit(numerals: str, digits: str) -> None:
    assert number(numerals) == digits
