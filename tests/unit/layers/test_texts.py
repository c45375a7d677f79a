"""What a text that is not UTF-8 looks like, so that a user can be told what to declare."""

import pytest

from gridmap.layers.formats.texts import Decoding, decode, guess_encoding


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("户编号,楼栋编号\nH1,B0\n", "utf-8"),
        ("户编号,楼栋编号\nH1,B0\n", "utf-8-sig"),
        ("户编号,楼栋编号\nH1,B0\n", "gbk"),
        ("户编号,地址\nH1,人民路12号\n" * 9000, "gbk"),
        ("户编号,𠮷祥里\nH1,B0\n", "gb18030"),
        ("nom,usage\nécole,indifférencié\n", "cp1252"),
    ],
)
def test_the_encoding_of_a_text_is_guessed(text: str, encoding: str) -> None:
    expected = "utf-8" if encoding == "utf-8-sig" else encoding
    assert guess_encoding(text.encode(encoding)) == expected


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("联通\n", "gbk"),  # its bytes are UTF-8 as well
        ("户\n", "gbk"),
        ("户编号,𠮷祥里\n", "gb18030"),
        ("户编号\n", "utf-16"),
        ("户编号\n", "utf-8"),
    ],
)
def test_a_text_is_decoded_however_short_it_is(text: str, encoding: str) -> None:
    decoding = decode(("户编号,地址\n" * 3 + text).encode(encoding))
    assert (decoding.encoding, decoding.line) == (encoding, None)
    assert decoding.text is not None
    assert decoding.text.endswith(text)


@pytest.mark.parametrize(("most", "other"), [("utf-8", "gbk"), ("gbk", "utf-8")])
@pytest.mark.parametrize("line", [1, 4, 9])
def test_the_first_line_in_another_encoding_is_named(most: str, other: str, line: int) -> None:
    lines = ["户编号,人民路"] * 9
    content = b"\n".join(
        text.encode(other if number == line else most) for number, text in enumerate(lines, 1)
    )
    assert decode(content) == Decoding(most, None, line)


@pytest.mark.parametrize(("text", "line"), [("户编号\n人民路", 2), ("户编号", 1)])
def test_a_text_that_ends_inside_a_character_is_not_taken_for_another_encoding(
    text: str, line: int
) -> None:
    assert decode(text.encode()[:-1]) == Decoding("utf-8", None, line)


def test_what_is_not_chinese_is_only_guessed() -> None:
    assert decode("nom\nécole indifférenciée\n".encode("cp1252")) == Decoding("cp1252", None)
