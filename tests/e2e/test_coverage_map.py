"""The coverage map, as a reader meets it: a real browser, a file, no network."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest
from playwright.sync_api import Locator, Page, expect

from gridmap.maps.coverage import coverage_map
from gridmap.maps.page import write_page
from gridmap.messages import catalogue
from gridmap.plan.model import Draft
from gridmap.schema import Fault
from tests.e2e.conftest import PHONE, Opener
from tests.e2e.town import COMMUNITIES, roads, town, unbalanced

CHINESE = re.compile(r"[\u4e00-\u9fff]")
EVIL = """</script><script>alert('in')</script><img src=x onerror=alert('in')>{{7*7}}{% raw %}{#"""


@pytest.fixture(scope="session")
def draft() -> Draft:
    return town()


@pytest.fixture(scope="session")
def path(draft: Draft, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("map") / "coverage.html"
    page = coverage_map(draft, made_at="2026-11-22", backdrop=roads(), community_names=COMMUNITIES)
    write_page(page, path)
    return path


def written(draft: Draft, folder: Path) -> Path:
    path = folder / "coverage.html"
    write_page(coverage_map(draft, language="en", community_names=COMMUNITIES), path)
    return path


def point_at(page: Page, places: gpd.GeoSeries, name: str) -> Locator:
    """Put the pointer on a place of the plan, wherever it is on the screen by now."""
    place = places.to_crs("EPSG:4326").loc[name]
    box = page.locator(".folium-map").bounding_box()
    assert box is not None
    x, y = page.evaluate(
        "(place) => { const point = map_coverage.latLngToContainerPoint(place);"
        " return [point.x, point.y]; }",
        [place.y, place.x],
    )
    page.mouse.move(box["x"] + x, box["y"] + y)
    return page.locator(".coverage-tip")


def hover(page: Page, draft: Draft, code: str) -> Locator:
    """Go to a grid, close its card and put the pointer on its middle."""
    page.fill("input[type=search]", code)
    page.press("input[type=search]", "Enter")
    page.click(".card .close")
    return point_at(page, draft.grids.geometry.representative_point(), code)


def painted(page: Page) -> int:
    """Count what the map shows: pixels with ink on its canvases, and marks above them."""
    count: int = page.evaluate(
        """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
            const marks = document.querySelectorAll('.folium-map path:not([d="M0 0"])');
            let count = marks.length;
            for (const canvas of document.querySelectorAll('.folium-map canvas')) {
                const sheet = new OffscreenCanvas(canvas.width, canvas.height);
                const context = sheet.getContext('2d', { willReadFrequently: true });
                context.drawImage(canvas, 0, 0);
                const all = context.getImageData(0, 0, canvas.width, canvas.height);
                for (let at = 3; at < all.data.length; at += 4) if (all.data[at] > 0) count += 1;
            }
            done(count);
        })))"""
    )
    return count


def switch(page: Page, key: str) -> Locator:
    return page.locator(f"input[type=checkbox][value={key}]")


def test_the_page_opens_and_says_first_who_is_in_a_grid_and_who_is_not(
    open_page: Opener, path: Path, draft: Draft
) -> None:
    page = open_page(path)
    placed = draft.balance.households["placed"]
    total = draft.balance.ledger_households
    expect(page.locator(".headline")).to_contain_text(f"{placed:,} 户已入格，共 {total:,} 户")
    expect(page.locator(".headline .missing")).to_contain_text("10 户未入格")
    expect(page.locator(".balanced")).to_contain_text("账实相符")
    expect(page.locator("h1")).to_have_text("和平社区、幸福里社区、东关社区网格覆盖图")
    expect(page.locator("header")).to_contain_text("每格 300–500 户")
    expect(page.locator("header")).to_contain_text("2026-11-22")
    assert painted(page) > 10_000


def test_a_sheet_that_does_not_balance_is_a_warning_nobody_can_miss(
    open_page: Opener, draft: Draft, tmp_path: Path
) -> None:
    page = open_page(written(unbalanced(draft), tmp_path))
    warning = page.get_by_role("alert")
    expect(warning).to_contain_text("does not balance: do not publish")
    expect(warning).to_contain_text("3 apart")
    expect(page.locator(".balanced")).to_have_count(0)


def test_the_panel_shows_every_bin_of_the_sheet(
    open_page: Opener, path: Path, draft: Draft
) -> None:
    page = open_page(path)
    shown = {
        row.get_attribute("data-row"): row.locator("td").all_inner_texts()
        for row in page.locator(".sheet tr[data-row]").all()
    }
    sheet = draft.balance
    expected = {
        f"bin_{name}": [f"{sheet.households[name]:,}", f"{sheet.persons[name]:,}"]
        for name in sheet.households
    }
    expected["sheet_ledger"] = [f"{sheet.ledger_households:,}", f"{sheet.ledger_persons:,}"]
    expected["sheet_grids"] = [f"{sheet.grid_households:,}", f"{sheet.grid_persons:,}"]
    assert shown == expected


def test_a_tooltip_names_code_households_worker_bounds_and_why(
    open_page: Opener, path: Path, draft: Draft
) -> None:
    page = open_page(path)
    grid = draft.grids[draft.grids["worker"] != ""].iloc[0]
    tip = hover(page, draft, str(grid.name))
    expect(tip).to_contain_text(str(grid.name))
    expect(tip).to_contain_text(f"{grid['households']:,}")
    expect(tip).to_contain_text(grid["worker"])
    expect(tip).to_contain_text("东至河道，南至人民路")
    expect(tip).to_contain_text("划分依据沿人民路")


def test_a_grid_without_a_worker_is_called_vacant(
    open_page: Opener, path: Path, draft: Draft
) -> None:
    page = open_page(path)
    grid = draft.grids[draft.grids["worker"] == ""].iloc[0]
    expect(hover(page, draft, str(grid.name))).to_contain_text("空岗")


def test_a_building_says_its_households_only_under_the_pointer(
    open_page: Opener, path: Path, draft: Draft
) -> None:
    page = open_page(path)
    home = draft.assignment[draft.assignment["households"] == 0].index[0]
    switch(page, "buildings").check()
    page.locator("details[data-list=without_households] summary").click()
    page.get_by_role("button", name=home).click()
    tip = point_at(page, draft.assignment.geometry, home)
    expect(tip.locator(".building")).to_have_text(f"楼栋 {home}0 户，0 人")


def test_every_layer_switches_on_and_off(open_page: Opener, path: Path) -> None:
    page = open_page(path)
    for shown in ("grids", "labels", "outlines", "backdrop"):
        assert painted(page) > 0
        switch(page, shown).uncheck()
    hidden = ["buildings", "without_households", "outside", "duplicate", "conflict", "repaired"]
    page.evaluate("scrollTo(0, 0)")
    page.locator(".leaflet-control-zoom-out").click()  # those outside stand beside the town
    ink = {}
    for key in hidden:
        expect(switch(page, key)).not_to_be_checked()
        assert painted(page) == 0
        switch(page, key).check()
        ink[key] = painted(page)
        switch(page, key).uncheck()
    assert [key for key, count in ink.items() if count == 0] == []


def test_layer_names_count_what_they_hold_and_what_has_no_place(
    open_page: Opener, path: Path
) -> None:
    page = open_page(path)
    labels = page.locator(".layers label").all_inner_texts()
    assert "网格（24）" in labels
    assert any(text.startswith("住户：在社区之外（3）") for text in labels)
    assert any("住户：无落点（4）" in text and "其中 4 条图上无位置" in text for text in labels)


def test_faults_with_no_place_are_listed_in_the_panel(open_page: Opener, path: Path) -> None:
    page = open_page(path)
    page.locator("details[data-list=layer_no_place] summary").click()
    entries = page.locator("details[data-list=layer_no_place] li")
    expect(entries).to_have_count(4)
    expect(entries.first).to_contain_text("户台账第 11 行没有落点")
    expect(entries.first).to_contain_text("图上无位置")


def test_one_button_shows_every_missing_household(open_page: Opener, path: Path) -> None:
    page = open_page(path)
    page.get_by_role("button", name="在地图上显示").click()
    for key in ("no_place", "outside", "duplicate", "conflict"):
        expect(switch(page, key)).to_be_checked()
    expect(page.locator("details[data-list=layer_no_place] li")).to_have_count(4)


def test_the_search_finds_a_grid_and_goes_there(
    open_page: Opener, path: Path, draft: Draft
) -> None:
    page = open_page(path)
    code = str(draft.grids.index[-1])
    page.fill("input[type=search]", code[-6:])
    expect(page.locator(".search li")).to_have_count(1)
    page.locator(".search li button").click()
    expect(page.locator(".card h3")).to_have_text(code)
    page.fill("input[type=search]", str(draft.grids["worker"].iloc[0]))
    expect(page.locator(".search li")).to_contain_text(str(draft.grids.index[0]))


def test_grids_out_of_the_band_are_listed_with_their_reason(
    open_page: Opener, path: Path, draft: Draft
) -> None:
    page = open_page(path)
    entries = page.locator("details[data-list=out_of_band] li")
    broken = draft.grids[draft.grids["status"] != "ok"]
    assert set(entries.locator("span").all_inner_texts()) == set(broken.index)
    expect(entries.first).to_contain_text("未找到使附近各网格都在 300–500 户之内的分法")


def test_a_switch_says_every_text_in_the_other_language(open_page: Opener, path: Path) -> None:
    page = open_page(path)
    page.locator(".search input").fill("0010010")
    for summary in page.locator(".panel summary").all():
        if not summary.evaluate("node => node.parentElement.open"):
            summary.click()
    page.get_by_role("button", name="English").click()
    assert page.evaluate("document.documentElement.lang") == "en"
    expect(page).to_have_title("Grid coverage of 和平社区, 幸福里社区, 东关社区")
    data = {*COMMUNITIES.values(), "安居大厦", "中文", "人民路", "切换为"}
    words = page.locator("body").inner_text()
    hints = page.evaluate(
        "[...document.querySelectorAll('[title],[aria-label],[placeholder]')].flatMap((node) =>"
        " ['title','aria-label','placeholder'].map((name) => node.getAttribute(name) ?? ''))"
    )
    left = "\n".join([words, *hints])
    for name in data:
        left = left.replace(name, "")
    assert CHINESE.findall(left) == []
    page.get_by_role("button", name="中文").click()
    expect(page.locator(".headline")).to_contain_text("户已入格")
    expect(page.locator(".sheet")).to_contain_text("台账合计")


def test_a_tooltip_and_the_card_speak_the_chosen_language(
    open_page: Opener, path: Path, draft: Draft
) -> None:
    page = open_page(path)
    code = str(draft.grids.index[0])
    page.fill("input[type=search]", code)
    page.press("input[type=search]", "Enter")
    expect(page.locator(".card")).to_contain_text("四至")
    page.get_by_role("button", name="English").click()
    expect(page.locator(".card")).to_contain_text("Bounds")
    expect(hover(page, draft, code)).to_contain_text("east: a river")


def test_a_script_in_a_name_is_only_a_name(open_page: Opener, draft: Draft, tmp_path: Path) -> None:
    grids = draft.grids.copy()
    grids["name"] = EVIL
    grids["worker"] = EVIL
    homes = draft.assignment.rename(index={draft.assignment.index[0]: EVIL})
    fault = Fault("households", 1, "waived", "noted", {"reason": EVIL})
    evil = replace(draft, grids=grids, assignment=homes, faults=(fault,))
    path = tmp_path / "coverage.html"
    lines = roads()
    lines["name"] = EVIL
    names = dict.fromkeys(COMMUNITIES, EVIL)
    drawn = coverage_map(evil, title=EVIL, made_at=EVIL, backdrop=lines, community_names=names)
    write_page(drawn, path)
    page = open_page(path)
    expect(page.locator("h1")).to_have_text(EVIL)
    expect(page).to_have_title(EVIL)
    expect(hover(page, draft, str(grids.index[0]))).to_contain_text(EVIL)
    page.locator("details[data-list=layer_waived] summary").click()
    expect(page.locator("details[data-list=layer_waived] li")).to_contain_text(EVIL)
    assert page.locator("img").count() == 0


def test_every_control_can_be_reached_with_the_keyboard(open_page: Opener, path: Path) -> None:
    page = open_page(path)
    wanted = page.locator("button:visible, input:visible, summary:visible, a[href]:visible")
    for node in wanted.all():
        node.evaluate("node => node.dataset.wanted = '1'")
    reached: set[str] = set()
    for _ in range(wanted.count() + 12):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "() => { const node = document.activeElement; const was = node.dataset.wanted;"
                " delete node.dataset.wanted; return was ? node.outerHTML : ''; }"
            )
        )
    assert page.locator("[data-wanted]").evaluate_all("all => all.map((n) => n.outerHTML)") == []
    assert len(reached) > 20


def test_on_a_phone_nothing_is_wider_than_the_screen_and_the_map_comes_second(
    open_page: Opener, path: Path
) -> None:
    page = open_page(path, size=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    tops = {
        name: box["y"]
        for name in (".headline", ".folium-map", ".layers")
        if (box := page.locator(name).bounding_box())
    }
    assert list(tops) == sorted(tops, key=lambda name: tops[name])
    assert tops[".folium-map"] < PHONE[1] / 2


def test_on_paper_every_list_is_unfolded_and_the_screen_is_restored_afterwards(
    open_page: Opener, path: Path
) -> None:
    page = open_page(path)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("details:not([open])")).to_have_count(0)
    expect(page.locator("details[data-list=layer_no_place] li")).to_have_count(4)
    expect(page.locator(".folium-map img")).to_have_count(3)
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(page.locator("details[data-list=layer_no_place]")).not_to_have_attribute("open", "")
    expect(page.locator(".folium-map img")).to_have_count(0)


def test_a_plan_with_no_grid_still_opens(open_page: Opener, draft: Draft, tmp_path: Path) -> None:
    empty = replace(draft, grids=draft.grids.iloc[:0], faults=())
    page = open_page(written(empty, tmp_path))
    expect(page.get_by_role("alert")).to_contain_text("do not publish")
    expect(page.locator(".tiles dd").first).to_have_text("0")


def test_a_building_in_no_grid_is_drawn_and_said(
    open_page: Opener, draft: Draft, tmp_path: Path
) -> None:
    homes = draft.assignment.copy()
    first = str(homes.index[1])
    homes.loc[first, "grid_code"] = ""
    lost = replace(
        draft,
        assignment=gpd.GeoDataFrame(homes),
        balance=replace(draft.balance, residential_without_households=(first,)),
    )
    page = open_page(written(lost.counted(), tmp_path))
    expect(page.get_by_role("alert")).to_contain_text("do not publish")
    switch(page, "buildings").check()
    page.locator("details[data-list=without_households] summary").click()
    page.get_by_role("button", name=first).click()
    tip = point_at(page, draft.assignment.geometry, first)
    expect(tip.locator(".building em")).to_have_text("in no grid")


def test_every_sentence_on_the_page_comes_from_the_catalogue(path: Path) -> None:
    texts = [
        text
        for key, pair in catalogue().items()
        if key.startswith("map.")
        for text in pair.values()
    ]
    assert all(repr(text)[1:-1] in path.read_text("utf-8") for text in texts)
