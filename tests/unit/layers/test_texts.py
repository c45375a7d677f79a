"""What a text that is not UTF-8 looks like, so that a user can be told what to declare."""

import pytest

from gridmap.layers.formats.texts import guess_encoding


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
