"""
The names that people give to layers and columns, in Chinese and English.

Names are compared after :func:`plain`, so case, width, spaces and a unit in brackets do not
matter. The order of synonyms is the order of trust: the first that a file has is taken.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LAYER_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "buildings": ("buildings", "building", "footprints", "建筑", "建筑物", "楼栋", "房屋", "楼幢"),
    "households": (
        *("households", "household", "ledger", "dwellings", "homes"),
        *("户", "住户", "家庭", "户籍", "台账", "住户台账", "户台账", "户册"),
    ),
    "communities": (
        *("communities", "community", "neighbourhoods", "neighborhoods"),
        *("社区", "村", "村社区", "社区村", "社区边界", "社区界"),
    ),
    "roads": ("roads", "road", "streets", "street", "道路", "路网", "街道路网"),
    "railways": ("railways", "railway", "rails", "rail", "铁路"),
    "water": (
        "water",
        "waters",
        "waterways",
        "waterway",
        "rivers",
        "river",
        "水系",
        "水域",
        "河流",
    ),
    "walls": ("walls", "wall", "fences", "fence", "围墙", "围栏", "墙"),
    "compounds": ("compounds", "compound", "estates", "estate", "小区", "住宅小区", "院落"),
    "dedicated": (
        *("dedicated", "dedicated_grids", "dedicated_grid", "dedicated_areas"),
        *("专属网格", "专属", "专属区域"),
    ),
    "grids": ("grids", "grid", "网格", "现有网格", "现状网格"),
    "workers": ("workers", "worker", "grid_workers", "网格员"),
    "links": ("links", "link", "连接", "连通", "渡口"),
}

NAME: Final = ("name", "label", "名称", "名", "nom")
KIND: Final = ("kind", "type", "class", "fclass", "类型", "种类", "类别", "nature")

COLUMN_NAMES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "buildings": {
        "building_id": (
            *("building_id", "buildingid", "bldg_id", "bid", "building_no"),
            *("楼栋编号", "建筑编号", "楼栋id", "建筑物编号", "房屋编号", "楼编号", "幢号编码"),
            *("osm_id", "id", "编号", "gid", "objectid", "fid"),
        ),
        "households": (
            *("households", "household", "units", "dwellings", "homes", "flats"),
            *("户数", "总户数", "住户数", "户", "套数", "nb_logts"),
        ),
        "persons": (
            "persons",
            "people",
            "population",
            "residents",
            "人数",
            "人口",
            "人口数",
            "总人数",
        ),
        "floors": (
            *("floors", "storeys", "stories", "levels", "building_levels", "building:levels"),
            *("楼层数", "层数", "地上层数", "总层数", "nb_etages"),
        ),
        "units_per_floor": ("units_per_floor", "entrances", "每层户数", "单元数", "梯户"),
        "height_m": ("height_m", "height", "楼高", "高度", "建筑高度", "hauteur"),
        "use": (
            *("use", "usage", "landuse", "function", "用途", "使用性质", "房屋用途", "建筑用途"),
            *("building", "type", "类型", "usage1"),
        ),
        "name": ("name", "building_name", "名称", "楼名", "建筑名称", "楼栋名称", "nom"),
        "address": (
            "address",
            "addr",
            "addr_full",
            "地址",
            "详细地址",
            "标准地址",
            "门牌",
            "门牌地址",
        ),
        "compound_id": ("compound_id", "compound", "小区编号", "小区", "小区id", "所属小区"),
    },
    "households": {
        "household_id": (
            *("household_id", "householdid", "hh_id", "hid", "household", "household_no"),
            *("户编号", "户号", "住户编号", "家庭编号", "户id", "id", "编号", "序号"),
        ),
        "building_id": (
            *("building_id", "buildingid", "bldg_id", "bid", "building"),
            *("楼栋编号", "建筑编号", "楼栋id", "所属楼栋", "楼栋", "房屋编号"),
        ),
        "address": (
            *("address", "addr", "地址", "详细地址", "现住址", "现居住地址", "住址", "家庭住址"),
            *("居住地址", "住房地址", "标准地址", "门牌地址"),
        ),
        "persons": (
            "persons",
            "people",
            "members",
            "residents",
            "人数",
            "人口",
            "家庭人数",
            "人口数",
        ),
        "entrance": ("entrance", "unit", "staircase", "单元", "单元号", "门洞"),
        "floor": ("floor", "storey", "level", "楼层", "所在层", "层"),
        "need": ("need", "needs", "visit_need", "走访需求", "需求", "关注类型"),
    },
    "communities": {
        "community_code": (
            *(
                "code",
                "community_code",
                "communitycode",
                "id",
                "社区代码",
                "社区编码",
                "代码",
                "编码",
            ),
            *("区划代码", "统计用区划代码", "编号"),
        ),
        "name": (*NAME, "community", "社区", "社区名称", "村名"),
    },
    "roads": {
        "road_id": ("road_id", "rid", "osm_id", "id", "道路编号", "编号"),
        "class": (
            *("class", "fclass", "highway", "road_class", "道路等级", "等级", "道路类型", "类型"),
            *("type", "kind"),
        ),
        "name": (*NAME, "road_name", "道路名称", "路名"),
        "bridge": ("bridge", "桥", "桥梁", "是否桥梁"),
        "tunnel": ("tunnel", "隧道", "是否隧道"),
        "oneway": ("oneway", "one_way", "单行", "单行道", "是否单行"),
    },
    "railways": {
        "railway_id": ("railway_id", "osm_id", "id", "编号"),
        "kind": ("kind", "railway", *KIND),
        "name": NAME,
    },
    "water": {
        "water_id": ("water_id", "wid", "osm_id", "id", "编号"),
        "kind": ("kind", "waterway", *KIND),
        "name": NAME,
    },
    "walls": {
        "wall_id": ("wall_id", "osm_id", "id", "编号"),
        "kind": ("kind", "barrier", *KIND),
        "name": NAME,
    },
    "compounds": {
        "compound_id": ("compound_id", "id", "osm_id", "小区编号", "编号", "小区id"),
        "name": (*NAME, "小区", "小区名称"),
    },
    "dedicated": {
        "dedicated_id": ("dedicated_id", "id", "编号"),
        "name": NAME,
        "owner": ("owner", "responsible", "责任单位", "责任人", "主管单位", "管理单位"),
    },
    "grids": {
        "grid_code": (
            "code",
            "grid_code",
            "gridcode",
            "网格编码",
            "网格代码",
            "编码",
            "代码",
            "id",
        ),
        "name": (*NAME, "网格名称"),
        "locked": ("locked", "lock", "锁定", "是否锁定"),
    },
    "workers": {
        "worker_id": ("worker_id", "id", "网格员编号", "编号", "工号"),
        "grids": ("grids", "grid", "grid_code", "网格", "负责网格", "网格编码"),
        "on_duty": ("on_duty", "duty", "在岗", "是否在岗"),
        "skills": ("skills", "skill", "技能", "专长"),
    },
    "links": {"link_id": ("link_id", "id", "编号"), "name": NAME},
}

SPOKEN_NAMES: Final[Mapping[tuple[str, str], str]] = {
    ("communities", "code"): "community_code",
    ("grids", "code"): "grid_code",
}
"""What `layers.toml` may call a column beside its name in the schema."""

POINTS: Final[Mapping[str, tuple[str, ...]]] = {
    "lon": ("lon", "lng", "long", "longitude", "经度"),
    "lat": ("lat", "latitude", "纬度"),
    "x": ("x", "easting", "x坐标", "横坐标", "东坐标"),
    "y": ("y", "northing", "y坐标", "纵坐标", "北坐标"),
}
"""Columns that a point is made of, in degrees or in metres."""


def plain(name: str) -> str:
    """
    Write a name the way names are compared.

    Parameters
    ----------
    name
        A column, layer or file name as somebody typed it.

    Returns
    -------
    plain
        Half-width, lower case, words joined by one underscore, without a unit in brackets.
    """
    text = unicodedata.normalize("NFKC", name).strip().casefold()
    text = re.sub(r"[(\[【].*?[)\]】]\s*$", "", text)
    return re.sub(r"[\s\-_.]+", "_", text).strip("_")


def layer_of(name: str) -> str | None:
    """
    Say which layer a file, sheet or table of this name holds.

    Parameters
    ----------
    name
        Of the file without its ending, or of the table.

    Returns
    -------
    layer
        Its name in the schema; None if no layer is called so.
    """
    asked = plain(name)
    for layer, names in LAYER_NAMES.items():
        if asked in names:
            return layer
    return None
