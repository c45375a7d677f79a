"""Texts of Shapefiles: read as they are, whatever the `.cpg` beside them says."""

from pathlib import Path

import pytest

from gridmap.errors import InputError
from gridmap.layers import read_layers
from gridmap.schema import Fault, Layers
from tests.unit.layers.street import building_frame

NAMES = ["一号楼", "石板街二号东侧小院", "A座kfc"]
RARE = ["一号楼", "石板街二号", "\U00020000\U00020001楼"]  # in GB18030 only
FRENCH = ["crèche", "école maternelle", "forêt"]
LANGUAGE_BYTE = 29


def write(
    folder: Path, names: list[str], encoding: str, *, said: str | None, language: int = 0
) -> None:
    """Write a Shapefile whose `.cpg` says what is wanted, whatever the texts are in."""
    path = folder / "buildings.shp"
    frame = building_frame(len(names)).rename(columns={"building_id": "bid"})
    frame.assign(name=[f"?{n:038}" for n in range(len(names))]).to_file(path)
    table = path.with_suffix(".dbf")
    content = bytearray(table.read_bytes())
    for n, name in enumerate(names):
        text = name.encode(encoding).ljust(39)
        mark = f"?{n:038}".encode()
        content[:] = content.replace(mark, text)
    content[LANGUAGE_BYTE] = language
    table.write_bytes(content)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if said is not None:
        path.with_suffix(".cpg").write_text(said, "ascii")


def found(layers: Layers) -> list[Fault]:
    return [fault for fault in layers.faults if fault.kind == "encoding_found"]


@pytest.mark.parametrize(
    ("encoding", "names"), [("gbk", NAMES), ("gb18030", RARE), ("utf-8", NAMES)]
)
@pytest.mark.parametrize("said", [None, "", "UTF-8", "GBK", "936", "ISO-8859-1", "1252", "OEM"])
def test_chinese_texts_are_read_rightly_whatever_the_files_say(
    tmp_path: Path, encoding: str, names: list[str], said: str | None
) -> None:
    write(tmp_path, names, encoding, said=said)
    layers = read_layers(tmp_path)
    assert list(layers.buildings["name"]) == names
    says = {"UTF-8": "utf-8", "GBK": "gbk", "936": "gbk"}.get(said or "", said)
    is_said = says == encoding or (says in {None, "", "OEM"} and encoding == "utf-8")
    assert len(found(layers)) == (0 if is_said else 1)


def test_the_note_shows_what_was_said_what_was_found_and_an_example(tmp_path: Path) -> None:
    write(tmp_path, NAMES, "gbk", said="UTF-8")
    sentence = found(read_layers(tmp_path))[0].text("en")
    assert "says its encoding is UTF-8" in sentence
    assert "GBK (like A座kfc)" in sentence


def test_the_language_byte_of_the_table_says_gbk_too(tmp_path: Path) -> None:
    write(tmp_path, NAMES, "gbk", said=None, language=0x4D)
    layers = read_layers(tmp_path)
    assert list(layers.buildings["name"]) == NAMES
    assert found(layers) == []


@pytest.mark.parametrize("said", ["1252", "ISO-8859-1"])
def test_accents_are_not_taken_for_chinese(tmp_path: Path, said: str) -> None:
    write(tmp_path, FRENCH, "cp1252", said=said)
    assert list(read_layers(tmp_path).buildings["name"]) == FRENCH


def test_accents_in_utf_8_are_not_taken_for_chinese(tmp_path: Path) -> None:
    write(tmp_path, FRENCH, "utf-8", said=None)
    layers = read_layers(tmp_path)
    assert list(layers.buildings["name"]) == FRENCH
    assert found(layers) == []


@pytest.mark.parametrize(
    ("names", "encoding", "said"),
    [
        (FRENCH, "cp1252", None),
        (FRENCH, "cp1252", "UTF-8"),
        (["\u0391\u0392", "\u0393\u0394"], "iso8859-7", None),
        (["一棟", "麗華樓"], "big5", None),
    ],
)
def test_texts_that_could_be_anything_are_refused_with_the_line_to_write(
    tmp_path: Path, names: list[str], encoding: str, said: str | None
) -> None:
    write(tmp_path, names, encoding, said=said)
    with pytest.raises(InputError) as refused:
        read_layers(tmp_path)
    assert [fault.kind for fault in refused.value.faults] == ["not_utf8"]
    assert "[buildings] encoding = " in refused.value.faults[0].text("zh")


def test_bytes_that_are_two_texts_are_refused_unless_the_files_say_which(tmp_path: Path) -> None:
    both = b"\xc2\xa5\xc2\xa9\xc4\xb0"  # Latin signs in UTF-8, three common characters in GBK
    names = [both.decode("gbk")] * 2
    write(tmp_path, names, "gbk", said=None)
    with pytest.raises(InputError):
        read_layers(tmp_path)
    write(tmp_path, names, "gbk", said="GBK")
    assert list(read_layers(tmp_path).buildings["name"]) == names


def test_texts_that_were_garbled_before_are_noted(tmp_path: Path) -> None:
    write(tmp_path, ["锟斤拷锟斤拷", "二号楼", "\ufffd\ufffd"], "utf-8", said="UTF-8")
    broken = [fault for fault in read_layers(tmp_path).faults if fault.kind == "texts_broken"]
    assert [fault.fields["count"] for fault in broken] == [2]


def test_names_and_texts_cut_in_the_middle_of_a_character_are_read_to_the_cut(
    tmp_path: Path,
) -> None:
    names = {"building_id": "楼栋编号", "number": "楼栋编码", "text": "地址"}  # of twelve bytes
    stand_ins = dict(zip(names, ("a" * 10, "b" * 10, "c" * 6), strict=True))
    frame = building_frame(2).assign(number=["1", "2"], text=["平安里十三号", "平安里二号"])
    frame.rename(columns=stand_ins).to_file(tmp_path / "buildings.shp", encoding="utf-8")
    table = tmp_path / "buildings.dbf"
    content = table.read_bytes().replace("二号".encode(), "二号".encode()[:-1] + b" ")
    for name, stand_in in stand_ins.items():
        content = content.replace(stand_in.encode(), names[name].encode()[:10])
    table.write_bytes(content)
    layers = read_layers(tmp_path)
    assert list(layers.buildings.index) == ["B0", "B1"]
    assert list(layers.buildings["address"]) == ["平安里十三号", "平安里二"]
    (note,) = (fault for fault in layers.faults if fault.kind == "texts_cut")
    assert "3 names or texts" in note.text("en")


def test_plain_letters_need_no_encoding(tmp_path: Path) -> None:
    write(tmp_path, ["a", "b"], "ascii", said=None)
    assert found(read_layers(tmp_path)) == []
