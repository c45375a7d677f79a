"""The words that Chinese addresses are made of, as regular expressions."""

from __future__ import annotations

import re
from typing import Final

from gridmap.layers.address.numerals import BEFORE, SIGN

SIMPLIFIED: Final = str.maketrans(
    "號棟樓單層區縣鎮鄉園莊裡裏邨門戶廣場廈東陽華組隊橦憧號貳參陸",
    "号栋楼单层区县镇乡园庄里里村门户广场厦东阳华组队幢幢号贰叁陆",
)
"""Only the words of the structure, and three that names are full of."""

PROVINCES: Final = (
    "河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃"
    "|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
)
ESTATE: Final = (
    "小区|住宅区|生活区|花园|花苑|家园|嘉园|佳园|庄园|公园|新村|公寓|大厦|大楼|广场|中心|公馆|华府|华庭|豪庭"
    "|名庭|山庄|别墅|大院|宿舍|苑|里|村|坊|园|庄|屯|寨"
)
ROAD: Final = "大道|大街|公路|胡同|路|街|道|巷"

ADMIN: Final = {
    "province": re.compile(
        rf"(?:[^\d]{{2,6}}?省|(?:{PROVINCES})(?:[^\d]{{0,4}}自治区|特别行政区|(?=[^\d]{{1,8}}[市州盟])))"
    ),
    "city": re.compile(r"[^\d]{2,8}?(?<![城超都夜菜门])(?:市|自治州|地区|盟)(?![场民政])"),
    "district": re.compile(
        r"[^\d]{1,9}?(?:(?:工业|科技|产业)园区|(?<![小社校厂片景宅活舍园院A-Z])区|县|(?<=[左右前后中治])旗|(?<![城超都夜菜门])市)(?![间域城场民政]|\d+期)"
    ),
    "town": re.compile(r"[^\d]{1,8}?(?:街道(?:办事处|办)?|镇|乡)(?![路街道巷里村])"),
    "community": re.compile(r".{1,12}?(?:社区(?:居民?委员?会)?|居民?委员?会|村民?委员?会|行政村)"),
}
"""Each stands at the start of what is left, and each may be missing."""

ADMIN_ENDING: Final = re.compile(
    r"(?:(?:街道|社区)?(?:办事处|办|居民?委员?会)|(?<=.)(?:省|市|(?:工业园|小)?区|县|旗|街道|镇|乡|社区|村民?委员?会|行政村))$"
)
NO_ADMIN: Final = re.compile(r"(?:小区|花园|花苑|家园|新村|公寓|大厦|[路巷弄]|街(?!道)|\d[^社]*$)")

NAME: Final = re.compile(
    rf".+?(?:(?P<road>(?:{ROAD})(?:[东西南北中]段)?)(?![路街道巷])"
    rf"|(?P<estate>{ESTATE})(?![路街道巷]|[东西南北中前后][路街巷]|大道|(?:{ESTATE})))"
)
"""One name of a run of names, up to the word that says what it is."""

UNITS: Final = {
    **dict.fromkeys(("号院", "号大院", "号"), "number"),
    **dict.fromkeys(
        ("号楼", "号栋", "号幢", "号座", "栋楼", "幢楼", "栋", "幢", "座", "#楼", "#"), "building"
    ),
    **dict.fromkeys(("单元", "号门", "单", "门", "梯"), "entrance"),
    **dict.fromkeys(("号室", "号房", "室", "房", "户"), "room"),
    **dict.fromkeys(("支弄", "弄"), "lane"),
    **dict.fromkeys(("组", "队", "小组", "生产队"), "group"),
    **dict.fromkeys(("层", "F"), "floor"),
    "楼": "storey",
}
_UNIT: Final = "|".join(sorted(UNITS, key=len, reverse=True))

STOP: Final = re.compile(
    rf"""
    (?P<n>
        [甲乙丙丁]?\d+(?:-[A-Z]?\d+)*[A-EG-Z甲乙丙丁]?
            (?![A-EG-Z\d路街道巷里村区期]|大道|大街|胡同|号桥?[路街巷线])
        | [A-Z]-?\d+(?=座|栋|幢|号?楼|\#)
        | [A-Z甲乙丙丁](?=座|栋|幢|号?楼|单元|门|室|梯)
        | (?<=[号栋幢座楼元层\d])[东西南北中]{{1,2}}(?=单元|户)
    )
    (?P<unit>{_UNIT.replace("#", chr(92) + "#")})?
    (?:(?<=号)(?:[附之]-?(?P<after>\d+)号?|-(?P<dashed>\d{{1,2}})(?![\d-])号?|(?P<stem>[甲乙丙丁])(?!座|栋|幢|号?楼|单元)))?
    """,
    re.VERBOSE,
)
"""A number with the word that says what it counts."""

NOTHING: Final = re.compile(
    r"[\W_0]*|(?:(?:家庭)?[地住]址)?(?:无|空|没有|暂无|未知|不知|不详|不明|不清|待定|待查|待核实?|未填)|N/?A|NONE|NULL",
    re.IGNORECASE,
)
NO_HOUSE: Final = re.compile(
    r".*(?:[省市县旗镇乡路街道巷弄组队屯]|(?<![小宅活])区|(?<!新)村|委会)", re.DOTALL
)
"""Ends in an area, a road or a village: no one building, though the map says no more of one."""
NOTES: Final = re.compile(r"\((?:租户?|租房|出租屋?|自住|空置?|户主|本人|常住|流动|暂住|已售)\)")
SIGNS: Final = re.compile(r"[\s,，、;；。.·:：()\[\]【】「」'\"“”/|_]+")
_NUMBER: Final = rf"(?=[0-9]|[{SIGN}]+(?:{BEFORE}))"
LIST: Final = re.compile(
    rf"(?<=[0-9{SIGN}])\s*[、,;和及与&]+\s*{_NUMBER}|(?<=[号栋幢座楼])[、和及与&]+(?=\d+[号栋幢座楼](?!院))"
)
"""Between the numbers of several houses, of which a household has but one."""
BETWEEN: Final = re.compile(rf"(?<=[0-9{SIGN}])(?:[\s.·:()\[\]/|_]+|[至到]){_NUMBER}")
DASHES: Final = re.compile(r"[-\u2010-\u2015\u2212\uff0d~\uff5e]+")
ORDINAL: Final = re.compile(r"第(?=[0-9])|村民(?=小?组|[0-9]+组)|居民(?=小组)")
AFTER: Final = re.compile(r"(?<=\d)号?[附之]-?(\d+)(?:号(?![楼栋幢座])|(?![\d号楼栋幢座]))")
"""12号附3, 12之3: a house of its own."""
COMMITTEE: Final = re.compile(rf"村村?民?委员?会(?=第?[0-9{SIGN}])")
KIND_TWICE: Final = re.compile(
    r"(花园|花苑|家园|嘉园|佳园|庄园|新村|公寓|华府|华庭|豪庭|名庭|苑)(?:住宅)?小区(?![路街道巷社居])"
)
HASH_FIRST: Final = re.compile(r"(?<![0-9A-Z])#([0-9]+)#?")
VAGUE: Final = re.compile(r"[旁边后侧近隔对面]|平房|板房|棚|附属|临时|岗亭|门卫|车库|[处口]$")
BESIDE: Final = re.compile(r"^及|^[往向]?[东西南北]{1,2}$|旁|对[面过门]|隔壁|附近|[前后侧]面")
"""After a house number: another house than the one that has it."""
