"""Ledgers that something happened to: 150 of them, each with the one sentence it deserves."""

import io
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import openpyxl

HEAD = ["户编号", "楼栋编号", "人数", "地址"]
ROWS = [[f"H{n}", f"B{n % 3}", str(n % 5 + 1), f"人民路{n}号"] for n in range(60)]
TEXT = "\n".join(",".join(row) for row in [HEAD, *ROWS]) + "\n"
LINES = TEXT.splitlines()

FORMULAS = [
    "=cmd|' /C calc'!A0",
    "=1+1",
    '=HYPERLINK("http://example.test","x")',
    "=SUM(A1:A9)",
    "=A1",
    "=-2+3",
    "=+1",
    "=@SUM(1)",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    '+HYPERLINK("http://example.test")',
    "-SUM(A1)",
    '=DDE("cmd";"/C calc";"x")',
    "=IMPORTXML(CONCAT(A1:B2),1)",
    "=cmd|'/c powershell'!_xlbgnm.A1",
    '="a"&"b"',
    "\t=1+1",
    "\uff1d1+1",
    "=(1)",
]
MAGIC = {
    "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "pdf": b"%PDF-1.7\n" + bytes(range(256)),
    "png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "jpeg": b"\xff\xd8\xff\xe0" + bytes(range(256)),
    "gif": b"GIF89a" + bytes(range(256)),
    "gzip": b"\x1f\x8b\x08" + bytes(range(256)),
    "7z": b"7z\xbc\xaf\x27\x1c" + bytes(range(256)),
    "rar": b"Rar!\x1a\x07" + bytes(range(256)),
    "sqlite": b"SQLite format 3\0" + bytes(range(256)),
    "parquet": b"PAR1" + bytes(range(256)),
    "rtf": b"{\\rtf1 hello}",
    "html": b"<html><body><table><tr><td>1</td></tr></table></body></html>",
    "xml": b"<?xml version='1.0'?><Workbook/>",
}
CONTROLS = "\x01\x07\x08\x0b\x0c\x1b\x1f\x7f"
SHEET = "xl/worksheets/sheet1.xml"


@dataclass(frozen=True)
class Case:
    """A file, and the kind of the fault that it is refused for."""

    name: str
    file: str
    content: bytes
    kind: str


def table(*, line: int = 30, cells: list[str] | None = None, text: str | None = None) -> bytes:
    """Give the ledger with one line replaced."""
    lines = list(LINES)
    lines[line] = ",".join(cells or []) if text is None else text
    return ("\n".join(lines) + "\n").encode()


def workbook(spoil: Callable[[openpyxl.Workbook], None] | None = None) -> bytes:
    """Give the ledger as a workbook."""
    book = openpyxl.Workbook()
    for row in (HEAD, *ROWS):
        book["Sheet"].append(row)
    if spoil is not None:
        spoil(book)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def repacked(change: Callable[[str, bytes], bytes | None]) -> bytes:
    """Give the workbook with its parts changed; None leaves one out."""
    held = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as source,
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.namelist():
            content = change(part, source.read(part))
            if content is not None:
                target.writestr(part, content)
    return held.getvalue()


def sheet_with(old: bytes, new: bytes) -> bytes:
    """Give the workbook with something else written into its sheet."""
    return repacked(lambda part, held: held.replace(old, new, 1) if part == SHEET else held)


def with_cell(value: object, *, is_text: bool) -> bytes:
    """Give the workbook with a value in D31."""

    def put(book: openpyxl.Workbook) -> None:
        cell = book["Sheet"]["D31"]
        cell.value = value
        if is_text:
            cell.data_type = "s"

    return workbook(put)


def texts() -> Iterator[Case]:
    """Tables of text that were cut, mixed, parted wrongly or never were text."""
    whole = TEXT.encode()
    for n, cut in enumerate((len(whole) - 2, len(whole) - 3, whole.rfind("路".encode()) + 2)):
        yield Case(f"cut in a character {n}", "csv", whole[:cut], "encoding_mixed")
    for n, line in enumerate((9, 31, 60)):
        text = "\n".join([*LINES[:line], "H99,B1"])
        yield Case(f"cut in a row {n}", "csv", text.encode(), "row_ragged")
        text = "\n".join([*LINES[:line], 'H99,B1,2,"人民'])
        yield Case(f"cut in a quote {n}", "csv", text.encode(), "quote_open")
    for sign in "^~#:/&*$%，；、":
        text = TEXT.replace(",", sign)
        yield Case(f"parted by {sign}", "csv", text.encode(), "delimiter_unknown")
    for sign in ";|\t":
        text = "\n".join([LINES[0].replace(",", sign), *LINES[1:]])
        yield Case(f"header parted by {sign!r}", "csv", text.encode(), "row_ragged")
    for line in (2, 17, 44, 60):
        row = LINES[line]
        yield Case(f"longer {line}", "csv", table(line=line, text=f"{row},x,y"), "row_ragged")
        yield Case(f"shorter {line}", "csv", table(line=line, text="H1,B1"), "row_ragged")
        broken = table(line=line, text=row.replace("人", '"人', 1).replace("号", '号"x', 1))
        opened = broken.replace(b'"x', b"", 1)
        yield Case(f"quote open {line}", "csv", opened, "quote_open")
    first = table(line=5, text='H5,B1,2,"人民路').decode().splitlines()
    first[20] = 'H20,B1,2,人民路",'
    two = "\n".join(first).encode()
    yield Case("a quote that another closes", "csv", two, "quote_open")
    for line in (1, 30, 60):
        changed = LINES[line].replace("H", "H\0", 1)
        yield Case(f"zero byte {line}", "csv", table(line=line, text=changed), "table_binary")
        for own, other in (("utf-8", "gbk"), ("gbk", "utf-8")):
            lines = [text.encode(own) for text in LINES]
            lines[line] = LINES[line].encode(other)
            name = f"{other} in {own} {line}"
            yield Case(name, "csv", b"\n".join(lines), "encoding_mixed")
    surrogate = "\n".join(LINES[:9]).encode() + b"\nH9,B1,2,\xed\xa0\x80\n"
    yield Case("lone surrogate", "csv", surrogate, "encoding_mixed")
    wide = TEXT.encode("utf-16")
    yield Case("UTF-16 cut in a character", "csv", wide[:-1], "encoding_mixed")
    yield Case("UTF-16 without its mark", "csv", wide[2:], "table_binary")
    yield Case("noise", "csv", bytes(range(256)) * 40, "table_binary")
    columns = ",".join(f"c{n}" for n in range(1_000_000))
    yield Case("a million columns", "csv", f"{columns}\n{columns}\n".encode(), "columns_too_many")
    yield Case("a column twice", "csv", TEXT.replace("地址", "人数").encode(), "column_twice")


def cells() -> Iterator[Case]:
    """Cells that run, that cannot be seen, or that hold a book, in both formats."""
    for n, formula in enumerate(FORMULAS):
        quoted = '"' + formula.replace('"', '""') + '"'
        cell = table(text=f"H29,B1,2,{quoted}")
        yield Case(f"formula {n} in a text", "csv", cell, "cell_formula")
        yield Case(
            f"formula {n} in a workbook", "xlsx", with_cell(formula, is_text=True), "cell_formula"
        )
    for sign in CONTROLS:
        cell = table(text=f"H29,B1,2,人民{sign}路")
        yield Case(f"control {ord(sign)}", "csv", cell, "cell_control")
    control = sheet_with(b"<t>H29</t>", b"<t>H_x0007_29</t>")
    yield Case("control in a workbook", "xlsx", control, "cell_control")
    for size in (40_000, 10_000_000):
        cell = table(text="H29,B1,2," + "x" * size)
        yield Case(f"long cell {size}", "csv", cell, "cell_long")
        long = b"<t>" + b"x" * size + b"</t>"
        for where, book in (("sheet", sheet_with), ("list", shared_with)):
            held = book(b"<t>H29</t>", long)
            yield Case(f"long cell {size} in a {where}", "xlsx", held, "cell_long")
    yield Case("never reckoned", "xlsx", with_cell("=A1&B1", is_text=False), "formula_unreckoned")
    dde = "=cmd|'/C calc'!A0"
    yield Case("program in a formula", "xlsx", with_cell(dde, is_text=False), "cell_formula")

    def again(book: openpyxl.Workbook) -> None:
        book["Sheet"]["D1"] = "人数"

    yield Case("a column twice in a workbook", "xlsx", workbook(again), "column_twice")


def shared(held: bytes) -> tuple[bytes, bytes]:
    """Move the texts of a sheet into a list of their own, as spreadsheets keep them."""
    said = re.findall(rb"<is>(.*?)</is>", held)
    numbers = iter(range(len(said)))
    sheet = re.sub(rb"<is>.*?</is>", lambda _: b"<v>%d</v>" % next(numbers), held)
    name = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    texts = b"".join(b"<si>%s</si>" % text for text in said)
    return sheet.replace(b't="inlineStr"', b't="s"'), b'<sst xmlns="%s">%s</sst>' % (name, texts)


def shared_with(old: bytes, new: bytes, *, keep: float = 1.0) -> bytes:
    """Give the workbook with its texts in a list, and something else or only a part in it."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as source:
        sheet, texts = shared(source.read(SHEET))
        texts = texts.replace(old, new, 1)
        kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml"
        listed = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s.sharedStrings+xml"/>'
        link = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
        related = b'<Relationship Id="rId99" Type="%s" Target="sharedStrings.xml"/>' % link
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as target:
            for part in source.namelist():
                content = sheet if part == SHEET else source.read(part)
                content = content.replace(b"</Types>", listed % kind + b"</Types>")
                if part == "xl/_rels/workbook.xml.rels":
                    content = content.replace(b"</Relationships>", related + b"</Relationships>")
                if part != "xl/sharedStrings.xml":
                    target.writestr(part, content)
            if keep:
                target.writestr("xl/sharedStrings.xml", texts[: int(len(texts) * keep)])
    return held.getvalue()


def strangers() -> Iterator[Case]:
    """Files of another kind, under the name of a table."""
    for name, content in MAGIC.items():
        for ending in ("csv", "xlsx"):
            yield Case(f"{name} as {ending}", ending, content, "table_other")
    yield Case("workbook as csv", "csv", workbook(), "table_other")
    yield Case("text as workbook", "xlsx", TEXT.encode(), "file_unreadable")
    locked = MAGIC["xls"] + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    yield Case("locked", "xlsx", locked, "table_locked")
    yield Case("locked with macros", "xlsm", locked, "table_locked")


def archives() -> Iterator[Case]:
    """Workbooks that were cut, that lack a part, or that would fill the memory."""
    whole = workbook()
    for n in range(1, 10):
        yield Case(f"cut at {n}/10", "xlsx", whole[: len(whole) * n // 10], "file_unreadable")
    yield Case("empty archive", "xlsx", b"PK\x05\x06" + bytes(18), "file_unreadable")
    for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHEET):
        left_out = repacked(lambda name, held, part=part: None if name == part else held)  # type: ignore[misc]
        kind = "file_unreadable"
        yield Case(f"without {part}", "xlsx", left_out, kind)
        half = repacked(
            lambda name, held, part=part: held[: len(held) // 2] if name == part else held  # type: ignore[misc]
        )
        yield Case(f"half of {part}", "xlsx", half, kind)
    for keep in (0.0, 0.5):
        book = shared_with(b"", b"", keep=keep)
        yield Case(f"{keep} of its texts", "xlsx", book, "file_unreadable")
    at = whole.find(b"xl/worksheets/sheet1.xml") + 60
    flipped = whole[:at] + bytes(byte ^ 0x55 for byte in whole[at : at + 40]) + whole[at + 40 :]
    yield Case("flipped bits", "xlsx", flipped, "file_unreadable")
    foreign = whole.replace(b"[Content_Types].xml", b"[Content_Types].xm\xff")
    foreign = foreign.replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x00\x08"
    )
    yield Case("a name nobody can read", "xlsx", foreign, "file_unreadable")
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><worksheet'
    entities = sheet_with(b"<worksheet", laughs)
    yield Case("billion laughs", "xlsx", entities, "table_entities")
    corner = sheet_with(b'r="D61"', b'r="XFD1048576"')
    yield Case("a cell in the last corner", "xlsx", corner, "table_too_large")
    renamed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(corner)) as source,
        zipfile.ZipFile(renamed, "w") as target,
    ):
        for part in source.namelist():
            content = source.read(part).replace(b"/sheet1.xml", b"/photo1.png")
            target.writestr(part.replace("/sheet1.xml", "/photo1.png"), content)
    name = "a corner in a part of another name"
    yield Case(name, "xlsx", renamed.getvalue(), "table_too_large")
    yield from bombs(whole)


def bombs(whole: bytes) -> Iterator[Case]:
    """Small files that unpack to what no memory holds."""
    bomb = sheet_with(b"</sheetData>", b" " * (300 << 20) + b"</sheetData>")
    yield Case("bomb", "xlsx", bomb, "table_too_large")
    yield Case("bomb that lies about its size", "xlsx", lying(bomb), "file_unreadable")
    yield Case("one text in half a million cells", "xlsx", repeated(500_000), "table_too_large")
    parts = io.BytesIO(whole)
    with zipfile.ZipFile(parts, "a") as archive:
        for n in range(3_000):
            archive.writestr(f"xl/x{n}.xml", b"<x/>")
    yield Case("thousands of parts", "xlsx", parts.getvalue(), "table_too_large")


def repeated(times: int) -> bytes:
    """Give a workbook of a few hundred KB in which one long text stands in this many cells."""
    long = b"<t>" + b"x" * 30_000 + b"</t>"
    cells = b"".join(
        b'<row r="%d"><c r="A%d" t="s"><v>4</v></c></row>' % (n, n) for n in range(62, times)
    )
    held = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(shared_with(b"<t>H0</t>", long))) as source,
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.namelist():
            content = source.read(part)
            target.writestr(part, content.replace(b"</sheetData>", cells + b"</sheetData>"))
    return held.getvalue()


def lying(content: bytes) -> bytes:
    """Say in the directory of an archive that its large part is small."""
    large = struct.pack(
        "<I", max(info.file_size for info in zipfile.ZipFile(io.BytesIO(content)).infolist())
    )
    return content.replace(large, struct.pack("<I", 5_000))


def cases() -> list[Case]:
    """Give all of them."""
    return [*texts(), *cells(), *strangers(), *archives()]
