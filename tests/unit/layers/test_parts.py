"""Addresses typed in parts are put together, with units only where they lack."""

import pandas as pd
import pytest

from gridmap.layers.columns import FittedLayer, fit_columns
from gridmap.layers.opened import OpenedLayer
from gridmap.schema import Fault


def read(row: dict[str, str], known: frozenset[str] = frozenset()) -> tuple[pd.Series, list[Fault]]:
    frame = pd.DataFrame([{"户号": "1", **row}], dtype="str", index=[2])
    fitted, faults = fit_columns(OpenedLayer("households", "a.csv", frame), known_ids=known)
    return fitted.frame.loc[2], faults


@pytest.mark.parametrize(
    ("row", "address"),
    [
        ("小区=幸福小区 楼号=3 单元=2 房号=1203", "幸福小区3号楼2单元1203室"),
        ("小区=幸福小区 楼号=3号楼 单元=2单元 房号=1203室", "幸福小区3号楼2单元1203室"),
        ("小区=幸福小区 幢=\uff13 房号=501", "幸福小区3幢501室"),
        ("小区=幸福小区 楼号=3# 室=501", "幸福小区3号楼501室"),
        ("小区=幸福小区3幢 楼号=3 房号=501", "幸福小区3幢501室"),
        ("路=人民 门牌号=12", "人民路12号"),
        ("路=中山东路 弄=88 号=5 室=201", "中山东路88弄5号201室"),
        (
            "省=浙江 市=杭州 区=西湖 街道=文新 社区=德加 路=文二西路 号=1",
            "浙江省杭州市西湖区文新街道德加社区文二西路1号",
        ),
        ("省=上海市 市=上海市 区=黄浦区 路=南京东路 号=1号", "上海市黄浦区南京东路1号"),
        ("小区=幸福小区 楼号=3 房号=", "幸福小区3号楼"),
    ],
)
def test_parts_become_an_address(row: str, address: str) -> None:
    told = (cell.partition("=") for cell in row.split(" "))
    fitted, faults = read({name: value for name, _, value in told})
    assert fitted["address"] == address
    assert [fault.kind for fault in faults] == ["address_composed"]


def test_entrance_and_floor_come_from_their_parts() -> None:
    fitted, _ = read({"小区": "幸福小区", "楼号": "3", "门洞": "2单元", "层": "12"})
    assert (fitted["entrance"], fitted["floor"]) == ("2单元", "12")


def test_a_room_alone_is_no_address() -> None:
    fitted, _ = read({"房号": "501", "单元": "2"})
    assert fitted["address"] == ""


def test_a_full_address_stays_and_one_without_its_building_gets_it() -> None:
    assert read({"地址": "人民路12号3幢501", "楼号": "3"})[0]["address"] == "人民路12号3幢501"
    assert read({"地址": "幸福小区", "楼号": "3"})[0]["address"] == "幸福小区3号楼"
    assert read({"地址": "", "小区": "幸福小区", "楼号": "3"})[0]["address"] == "幸福小区3号楼"


def test_a_building_column_is_a_part_where_it_holds_no_known_id() -> None:
    row = {"小区": "幸福小区", "楼栋": "3"}
    fitted, _ = read(row, frozenset({"B1"}))
    assert (fitted["address"], fitted["building_id"]) == ("幸福小区3号楼", "")
    fitted, _ = read(row, frozenset({"3"}))
    assert fitted["building_id"] == "3"


def several(names: tuple[str, str], row: dict[str, str]) -> tuple[FittedLayer, list[Fault]]:
    frame = pd.DataFrame([row, row], dtype="str", index=[2, 12])
    sheets = ((names[0], 0), (names[1], 10))
    return fit_columns(OpenedLayer("households", "a.xlsx", frame, sheets=sheets))


def test_a_sheet_that_is_called_after_a_place_gives_it_with_a_note() -> None:
    fitted, faults = several(("幸福小区", "阳光花园"), {"户号": "1", "楼号": "3"})
    assert fitted.frame["address"].to_list() == ["幸福小区3号楼", "阳光花园3号楼"]
    assert "address_from_sheet" in [fault.kind for fault in faults]


def test_a_sheet_that_is_called_after_anything_else_gives_nothing() -> None:
    fitted, faults = several(("2026年3月", "Sheet2"), {"户号": "1", "房号": "3"})
    assert (fitted.frame["address"] == "").all()
    assert faults == []
