"""The ways in which one address is typed by different people."""

from collections.abc import Callable

HAN = "〇一二三四五六七八九"
FORMAL = "零壹贰叁肆伍陆柒捌玖"


def han(number: str) -> str:
    """Write a number as it is said: 十二, 二十三; longer ones digit by digit."""
    if len(number) > 2 or number.startswith("0"):
        return "".join(HAN[int(n)] for n in number)
    tens, ones = divmod(int(number), 10)
    front = "" if tens == 0 else ("" if tens == 1 else HAN[tens]) + "十"
    return front + (HAN[ones] if ones else "")


def formal(number: str) -> str:
    """Write a number in the signs that cannot be altered: 壹贰."""
    return "".join(FORMAL[int(n)] for n in number)


def wide(text: str) -> str:
    """Write digits in full width."""
    return text.translate({ord("0") + n: 0xFF10 + n for n in range(10)})


def circled(number: str) -> str:
    """Write a small number in a circle."""
    return chr(0x2460 + int(number) - 1) if int(number) <= 20 else number


Style = Callable[[dict[str, str]], str]


def _with(template: str, *changes: tuple[str, Callable[[str], str]]) -> Style:
    def write(home: dict[str, str]) -> str:
        return template.format_map(home | {part: change(home[part]) for part, change in changes})

    return write


_FULL = "江苏省{city}市{district}区{town}街道{community}社区"
STYLES: dict[str, tuple[Style, ...]] = {
    "compound": (
        _with(_FULL + "{road}{number}号{estate}{house}幢{unit}单元{room}室"),
        _with("{estate}{house}栋{unit}单元{room}室"),
        _with("{estate}{house}-{unit}-{room}"),
        _with("{estate}{house}#{unit}-{room}"),
        _with("{estate} {house} 号楼 {unit} 门 {room}"),
        _with("{estate}{house}栋{unit}单元{room}室", ("house", han), ("unit", han), ("room", han)),
        _with("{estate}{house}棟{unit}單元{room}", ("house", wide), ("room", wide)),
        _with("{estate}{house}幢{unit}单元{room}室", ("house", formal), ("room", formal)),
        _with("{estate}{house}座{unit}单元", ("house", circled)),
        _with("{city}{district}{road}{number}号{estate}{house}幢{room}"),
        _with("{road}{number}号{house}号樓{unit}單元{floor}層{room}室"),
        _with("{district}区{town}街道办事处{community}居委会{estate}第{house}幢{room}室"),
        _with("{city}市{estate}#{house}楼{unit}单元{floor}F"),
        _with("{estate}0{house}栋{unit}梯{room}房(租户)"),
        _with("{estate} {house} {unit} {room}"),
        _with("{estate}{house}/{unit}/{room}"),
        _with("{road}{number}号院{house}-{unit}-{room}"),
        _with("{estate}{house}栋{unit}单元{room}东户"),
        _with("{city}{district}区{estate}{house}栋东单元{room}"),
    ),
    "street": (
        _with("{road}{number}号{room}室"),
        _with(_FULL + "{road}{number}号"),
        _with("{road}{number}號{unit}單元{room}", ("number", wide)),
        _with("{road}{number}号{floor}楼", ("number", han)),
        _with("{road}{number}-{room}"),
        _with("{city}{district}{road}，{number}号，{room}"),
    ),
    "lane": (
        _with("{road}{lane}弄{number}号{room}室"),
        _with(_FULL + "{road}{lane}弄{number}号{room}"),
        _with("{road}{lane}弄{number}号", ("lane", wide), ("number", wide)),
        _with("{road}{lane}弄{number}号楼{room}", ("number", han)),
        _with("{road}{lane}弄{number}-{room}"),
    ),
    "village": (
        _with("{estate}{group}组{house}号"),
        _with("{town}镇{estate}第{group}村民小组{house}号", ("group", han)),
        _with("{city}市{district}区{estate}{group}组{house}號", ("house", wide)),
        _with("{estate}{group}队{house}号", ("group", han), ("house", han)),
        _with("{town}镇{estate}委会{group}组{house}号"),
    ),
}
