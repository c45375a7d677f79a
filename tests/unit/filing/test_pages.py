"""The sheets of a filing pack: all is on them, nothing runs over, and they are the same again."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from gridmap.errors import FontError
from gridmap.filing.pages import PARTS, set_pages
from gridmap.messages import LANGUAGES, Language, Message
from tests.filings import COMMUNITY, LONG, draw_filing
from tests.papers import describe, read_pages, read_words

pytestmark = pytest.mark.usefixtures("poppler")

MARGIN = 15 / 25.4 * 72
A4 = (595.28, 841.89)
WORD = "W01001001-03-ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def test_two_hundred_grids_stand_in_a_table_whose_head_is_on_every_page() -> None:
    pages = read_pages(set_pages(draw_filing(20, 10, name=LONG), language="zh")["table"])
    assert len(pages) > 5
    assert all("网格编码" in page and "四至" in page for page in pages)
    text = "\n".join(pages)
    assert all(text.count(f"{COMMUNITY}{number:03d}") == 1 for number in range(1, 201))
    assert f"{len(pages)} / {len(pages)}" in pages[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_runs_over_the_edge_however_long_a_name_is(language: Language) -> None:
    reason = Message("plan.drawn_by_hand").to_json()
    cells = {"worker": WORD, "status": "under_band", "reason": reason}
    filing = draw_filing(4, 3, name=LONG * 4, exceptions=12, **cells)
    filing.draft.grids["name"] = LONG + WORD
    for part, sheet in set_pages(filing, language=language).items():
        across = part in {"map", "table", "reasons"}
        right = A4[across] - MARGIN
        words = read_words(sheet)
        assert words
        over = [word for left, end, word in words if left < MARGIN - 1 or end > right + 1]
        assert over == [], part
        assert "(A4)" in describe(sheet)


def test_the_columns_of_a_table_do_not_run_into_each_other() -> None:
    filing = draw_filing(3, 1, worker=WORD)
    filing.draft.grids["name"] = WORD
    words = read_words(set_pages(filing, language="en")["table"])
    heads = ["Households", "Persons", "Buildings", "Hectares", "Bounds"]
    places = [[(left, end) for left, end, word in words if word == head][-1] for head in heads]
    apart = [left - end for (_, end), (left, _) in pairwise(places)]
    assert min(apart) > 2
    worker, status = (
        next(left for left, _, word in words if word == head) for head in ("Worker", "Status")
    )
    told = [end for left, end, _ in words if worker - 1 < left < status - 1]
    assert len(told) > 6
    assert max(told) < status


def test_a_row_is_never_torn_over_two_pages() -> None:
    filing = draw_filing(10, 6)
    filing.draft.grids["name"] = LONG * 3
    pages = read_pages(set_pages(filing, language="zh")["table"])
    assert len(pages) > 3
    for page in pages:
        first_row = page.partition("原因")[2].split()[0]
        assert first_row.startswith(COMMUNITY)


def test_the_reasons_say_who_signed_and_why() -> None:
    (page,) = read_pages(set_pages(draw_filing(exceptions=1), language="zh")["reasons"])
    assert f"{COMMUNITY}001" in page
    assert "规模不在区间内" in page
    assert "无负责人" in page
    assert "王敏" in page
    assert "2026-03-01 10:00" in page
    (none,) = read_pages(set_pages(draw_filing(exceptions=0), language="en")["reasons"])
    assert "No exceptions" in none


def test_a_certificate_holds_balance_data_steps_and_a_hash() -> None:
    filing = draw_filing()
    text = "\n".join(read_pages(set_pages(filing, language="zh")["certificate"]))
    assert "台账共 60 户，每一户恰在一个网格" in text
    assert all(word in text for word in ("平账表", "送审", "批准", "发布", "赵刚", "buildings"))
    assert "生效 2026-03-01 00:00（北京时间）" in text
    assert filing.sha256 in text.replace("\n", "")
    english = "\n".join(read_pages(set_pages(filing, language="en")["certificate"]))
    assert "In force from 2026-02-28 16:00 UTC" in english


def test_a_certificate_claims_no_more_than_is_so() -> None:
    filing = draw_filing()
    balance = dict(filing.certificate["balance"])
    balance |= {"ledger": 63, "no_place": 3}
    filing.certificate["balance"].update(balance)
    text = "\n".join(read_pages(set_pages(filing, language="zh")["certificate"]))
    assert "台账共 63 户：60 户各在唯一的网格，其余 3 户" in text


def test_a_map_has_every_code_a_scale_and_an_arrow() -> None:
    (page,) = read_pages(set_pages(draw_filing(3, 2), language="zh")["map"])
    assert all(f"{number:03d}" in page for number in range(1, 7))
    assert "比例尺 1:2000" in page
    assert "北" in page
    assert "50 m" in page


def test_names_are_text_and_never_markup() -> None:
    name = '#panic("x") *a* $b$ _c_ <d> & [e] \\f'
    filing = draw_filing(name=name)
    filing.draft.grids["name"] = name
    for part in ("map", "table", "certificate"):
        text = " ".join(read_pages(set_pages(filing, language="en")[part])[0].split())
        assert name in text


def test_the_same_version_gives_the_same_bytes_dated_when_it_was_published() -> None:
    first, again = (set_pages(draw_filing(), language="zh") for _ in range(2))
    assert first == again
    assert tuple(first) == PARTS
    assert "Sun Mar  1 02:00:00 2026" in describe(first["map"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_chinese_font_it_is_said_what_to_install(
    tmp_path: Path, language: Language
) -> None:
    with pytest.raises(FontError) as refused:
        set_pages(draw_filing(), language=language, fonts=tmp_path)
    (sentence,) = refused.value.sentences(language)
    assert "fonts-noto-cjk" in sentence
    assert "--fonts" in sentence
