"""What a building is used for, as far as it matters here: do people live in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from gridmap.layers.synonyms import plain

if TYPE_CHECKING:
    from pandas import Series

Living = Literal["residential", "unknown", "other"]

RESIDENTIAL: Final = frozenset(
    map(
        plain,
        (
            *("residential", "apartments", "apartment", "house", "houses", "detached", "terrace"),
            *("semidetached_house", "semi", "slab", "tower", "walkup", "walk-up", "dwelling"),
            *("dwellings", "home", "homes", "flats", "dormitory", "bungalow", "cabin", "farmhouse"),
            *("village_house", "urban_village", "tenement", "villa", "static_caravan", "mixed"),
            *("residential_commercial", "résidentiel", "habitation", "logement", "immeuble"),
            *(
                "住宅",
                "居住",
                "居民楼",
                "住宅楼",
                "高层住宅",
                "多层住宅",
                "小高层",
                "公寓",
                "宿舍",
                "别墅",
            ),
            *(
                "民房",
                "自建房",
                "农房",
                "农民房",
                "平房",
                "商住",
                "商住两用",
                "村民住宅",
                "塔楼",
                "板楼",
            ),
        ),
    )
)
UNKNOWN: Final = frozenset(
    map(
        plain,
        (
            "",
            "yes",
            "unknown",
            "building",
            "other",
            "n/a",
            "indifférencié",
            "未知",
            "其他",
            "其它",
            "房屋",
        ),
    )
)
STOREYS: Final[dict[str, float]] = {
    **dict.fromkeys(map(plain, ("tower", "高层住宅", "塔楼")), 18.0),
    **dict.fromkeys(
        map(plain, ("apartments", "slab", "walkup", "多层住宅", "住宅楼", "板楼")), 6.0
    ),
    **dict.fromkeys(map(plain, ("小高层",)), 11.0),
    **dict.fromkeys(map(plain, ("dormitory", "公寓", "宿舍", "居民楼", "住宅", "商住")), 5.0),
}
"""How many floors a home of this use usually has, where nothing better is known."""

USUAL_STOREYS: Final = 2.0


def living(uses: Series) -> Series:
    """
    Say of each use whether people live there.

    Parameters
    ----------
    uses
        The `use` column, in any of the usual vocabularies.

    Returns
    -------
    living
        `residential`, `unknown` or `other`.
    """
    answers = {use: _living(use) for use in uses.unique()}
    return uses.map(answers)


def usual_storeys(uses: Series) -> Series:
    """
    Give the floors that a building of each use usually has.

    Parameters
    ----------
    uses
        The `use` column.

    Returns
    -------
    storeys
        At least `USUAL_STOREYS`.
    """
    answers = {use: STOREYS.get(plain(use), USUAL_STOREYS) for use in uses.unique()}
    return uses.map(answers).astype("float64")


def _living(use: str) -> Living:
    word = plain(use)
    if word in RESIDENTIAL:
        return "residential"
    return "unknown" if word in UNKNOWN else "other"
