"""
Invented Chinese names: every road, community and compound of a town gets one of its own.

Names are made of two characters, the pair chosen by number, so that the thousandth name can be
told without the first 999. None is taken from a map; where one sounds like a real place, that
is chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

COUNTY_CODE: Final = 990101
"""Of the first county; no province of China begins with 99."""

CITY_NAME: Final = "云泽市澄湾区"
RIVER_NAME: Final = "漪澜河"
RAILWAY_NAME: Final = "云澄铁路"

_ROAD_FIRST: Final = (
    "青云望明永安和景长文春秋玉金朝海松竹兰桂清泰康宁广德崇仁兴华新中学润丰瑞祥福寿嘉锦绣彩星月"
    "霞虹雨雪霜露晨曦旭东南西北江湖河溪泉石山岭岩峰林森枫柳桃杏梅荷莲菊芳芸茗香凤鹤鹭雁麒龙骏"
    "琴棋书画诗礼乐"
)
_ROAD_LAST: Final = (
    "澜泽湾塘浦港渡桥津滨汀洲屿堤堰泾浜溪涧源泉潭池湖海江川岭岗坡台阁亭楼轩苑园林圃田畈畴陌野"
    "原庄村里坊巷门关城堡驿站亩禾穗麦稻桑麻茶竹松柏槐榆杨柳枫桐梓樟楠兰芷蕙荷菱苇荻蒲莲萍藻"
    "鸣翔飞跃"
)
_PLACE_FIRST: Final = (
    "柳梧枫榆槐樟桐杉柏椿桑枣梨栗橘柚茶菱荷蓼芦蒲苇荻莲萍兰芷蕙菊梅杏桃李樱棠薇葵蔷茉"
    "鹭鸥雁鹤燕鹊莺鸳鹿麋马牛羊鱼虾蚕蜂蝶蝉龟石沙金银铜铁玉珠翠碧青蓝紫白黄红"
)
_PLACE_LAST: Final = (
    "塘湾桥渡浜泾港渚汀洲滩堤堰坝闸埠浦溪涧泉井潭池湖荡漾坪坡岗岭坳墩台垟畈圩田园圃林坞"
    "庄村里坊门关堡寨营屯店铺集市墟场院苑亭阁楼塔寺庵祠厝埭堂舍庐居"
)
_HOME_FIRST: Final = (
    "锦绣金银翠碧蓝紫丹彤朗晴和悦欣怡雅静安康嘉瑞祥福禄禧盛兴隆昌泰丰润泽恒永长久天地"
    "春夏秋冬阳光星月云霞虹霓露雪梅兰竹菊荷桂枫樱"
)
_HOME_LAST: Final = (
    "都城府邸邑园苑庭院阁轩居舍庐馆台榭廊桥溪湖湾泉源潭池洲岛岸滨港河江海山岭峰林森木"
    "枫柳桃杏梨橘荷莲"
)
_HOME_KINDS: Final = ("花园", "新村", "家园", "小区", "公寓", "名邸", "雅苑", "华庭")
_SIDES: Final = ("", "东", "西", "南", "北")
_DIGITS: Final = "零一二三四五六七八九"
_STREETS: Final = 999  # in a county, with ten communities each
_PRIMES: Final = (7919, 6101, 5407)  # share no factor with the numbers of pairs


@dataclass(frozen=True, slots=True)
class Names:
    """All names of one town; the same number gives the same name."""

    seed: int

    def road(self, number: int, *, across: bool) -> str:
        """Name a road; one that runs `across`, from west to east, is a 街, the others a 路."""
        pairs = len(_ROAD_FIRST) * len(_ROAD_LAST)
        round_, stem = number // pairs, _pair(number, self.seed, _ROAD_FIRST, _ROAD_LAST)
        return f"{stem}{_SIDES[round_ % len(_SIDES)]}{'街' if across else '路'}"

    def place(self, number: int) -> str:
        """Name the ground a community is on: its own name, and that of its lanes."""
        pairs = len(_PLACE_FIRST) * len(_PLACE_LAST)
        stem = _pair(number, self.seed + 1, _PLACE_FIRST, _PLACE_LAST)
        return stem if number < pairs else _SIDES[number // pairs % len(_SIDES)] + stem

    def compound(self, number: int) -> str:
        """Name a residential compound."""
        pairs = len(_HOME_FIRST) * len(_HOME_LAST)
        kind = _HOME_KINDS[(number // pairs + number) % len(_HOME_KINDS)]
        return _pair(number, self.seed + 2, _HOME_FIRST, _HOME_LAST) + kind


def community_code(number: int) -> str:
    """
    Give the 12-digit code of a community.

    Parameters
    ----------
    number
        Counted from 0 over the town.

    Returns
    -------
    code
        6 digits of the county, 3 of the street, 3 of the community in it; ten to a street.
    """
    county, street = divmod(number // 10, _STREETS)
    return f"{COUNTY_CODE + county}{street + 1:03d}{number % 10 + 1:03d}"


def short_code(number: int) -> str:
    """Give the part of a community's code that differs inside the town: its last 8 digits."""
    return community_code(number)[4:]


def ordinal(number: int) -> str:
    """Write 1 to 99 in Chinese."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones or not tens else "")


def _pair(number: int, seed: int, first: str, last: str) -> str:
    pairs = len(first) * len(last)
    prime = next(prime for prime in _PRIMES if pairs % prime)
    place = (number % pairs * prime + seed * 271) % pairs
    return first[place % len(first)] + last[place // len(first)]
