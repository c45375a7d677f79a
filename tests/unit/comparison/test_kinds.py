"""What kind of change each grid went through, on a row of houses 10 m apart."""

from __future__ import annotations

import pytest

from gridmap.comparison import DrawnPlan, compare_plans
from tests.comparisons import draw_row, jittered

TWO = {"a": (0.0, 100.0), "b": (100.0, 200.0)}


def kinds(old: DrawnPlan, new: DrawnPlan) -> dict[tuple[str, str], str]:
    rows = compare_plans(old, new).grids
    pairs = zip(rows["old_code"], rows["new_code"], strict=True)
    return dict(zip(pairs, rows["kind"], strict=True))


def test_a_line_drawn_a_second_time_changes_nothing() -> None:
    old = draw_row(TWO)
    new = jittered(old, 0.6)
    found = compare_plans(old, new)
    assert kinds(old, new) == {("a", "a"): "redigitised", ("b", "b"): "redigitised"}
    assert found.grids["ground_kept"].tolist() == [1.0, 1.0]
    assert found.boards.empty
    assert len(found.pairs) == 2


def test_the_last_millimetre_is_no_change() -> None:
    old = draw_row(TWO)
    assert set(kinds(old, jittered(old, 0.001)).values()) == {"unchanged"}


def test_a_grid_as_narrow_as_noise_is_a_grid() -> None:
    plan = draw_row({"a": (0, 100), "strip": (100, 100.4), "b": (100.4, 200)})
    assert set(kinds(plan, plan).values()) == {"unchanged"}


def test_a_line_that_moves_over_nobody_is_a_moved_line() -> None:
    old, new = draw_row(TWO), draw_row({"a": (0, 103), "b": (103, 200)})
    assert set(kinds(old, new).values()) == {"moved_line"}
    found = compare_plans(old, new)
    assert found.count_changes("moved")["buildings"] == 0
    assert found.grids["outline_m"].tolist() == pytest.approx([3, 3])
    assert found.boards["reasons"].tolist() == ["outline", "outline"]


def test_a_line_that_moves_over_homes_moves_them() -> None:
    old, new = draw_row(TWO), draw_row({"a": (0, 120), "b": (120, 200)})
    found = compare_plans(old, new)
    assert set(kinds(old, new).values()) == {"moved_line"}
    (move,) = found.moves.to_dict("records")
    assert (move["old_code"], move["new_code"], move["households_after"]) == ("b", "a", 20)
    assert found.grids["homes_kept"].tolist() == pytest.approx([1.0, 0.8])
    assert found.grids["ground_kept"].tolist() == pytest.approx([1.0, 0.8])


def test_a_line_that_takes_most_of_a_grid_does_not_end_it() -> None:
    old, new = draw_row(TWO), draw_row({"a": (0, 30), "b": (30, 200)})
    assert kinds(old, new) == {("a", "a"): "moved_line", ("b", "b"): "moved_line"}


def test_a_grid_that_is_split_goes_on_in_one_piece_and_begins_the_other() -> None:
    old, new = draw_row(TWO), draw_row({"a": (0, 60), "c": (60, 100), "b": (100, 200)})
    assert kinds(old, new) == {("a", "a"): "split", ("", "c"): "split", ("b", "b"): "unchanged"}
    found = compare_plans(old, new)
    assert not found.grids["on_lesser_piece"].any()
    links = found.lineage.set_index(["parent", "child"])["kind"].to_dict()
    assert links == {("a", "a"): "same", ("a", "c"): "split", ("b", "b"): "same"}
    assert found.boards["action"].to_dict() == {"a": "replace", "c": "put_up"}


def test_a_code_that_stays_on_the_smaller_piece_is_noticed() -> None:
    old, new = draw_row(TWO), draw_row({"a": (0, 40), "c": (40, 100), "b": (100, 200)})
    assert compare_plans(old, new).grids.set_index("new_code")["on_lesser_piece"].to_dict() == {
        "a": True,
        "b": False,
        "c": False,
    }
    merged = draw_row({"b": (0, 200)}), draw_row({"a": (0, 120), "b": (120, 200)})
    assert compare_plans(merged[1], merged[0]).grids["on_lesser_piece"].tolist() == [False, True]


def test_a_code_goes_on_where_most_of_its_homes_come_from_the_grid_it_was() -> None:
    old, new = draw_row(TWO), draw_row({"c": (0, 60), "a": (60, 110), "b": (110, 200)})
    assert kinds(old, new) == {("a", "a"): "split", ("", "c"): "split", ("b", "b"): "moved_line"}


def test_grids_that_are_merged_go_on_as_one_of_them() -> None:
    old, new = draw_row(TWO), draw_row({"a": (0, 200)})
    assert kinds(old, new) == {("a", "a"): "merge", ("b", ""): "merge"}
    assert compare_plans(old, new).boards["action"].to_dict() == {"a": "replace", "b": "take_down"}


def test_a_merge_under_a_new_code_is_still_a_merge() -> None:
    old, new = draw_row({"a": (0, 120), "b": (120, 200)}), draw_row({"c": (0, 200)})
    assert kinds(old, new) == {("a", "c"): "merge", ("b", ""): "merge"}


def test_a_split_under_new_codes_is_still_a_split() -> None:
    old, new = draw_row({"a": (0, 200)}), draw_row({"c": (0, 120), "d": (120, 200)})
    assert kinds(old, new) == {("a", "c"): "split", ("", "d"): "split"}


def test_a_grid_shared_out_among_others_is_split_and_merged() -> None:
    old = draw_row({"a": (0, 70), "b": (70, 130), "c": (130, 200)})
    new = draw_row({"a": (0, 100), "c": (100, 200)})
    assert kinds(old, new) == {("a", "a"): "merge", ("b", ""): "redrawn", ("c", "c"): "merge"}


def test_three_grids_made_of_two_are_redrawn() -> None:
    old, new = draw_row(TWO), draw_row({"a": (0, 65), "c": (65, 135), "b": (135, 200)})
    assert kinds(old, new) == {("a", "a"): "split", ("", "c"): "redrawn", ("b", "b"): "split"}


def test_a_fringe_that_goes_with_a_piece_is_a_moved_line() -> None:
    old = draw_row({"a": (0, 90), "b": (90, 200)})
    new = draw_row({"a": (0, 30), "c": (30, 91), "b": (91, 200)}, {"x": (15, 300), "y": (50, 290)})
    houses = {"x": (15.0, 300), "y": (50.0, 290), "z": (90.5, 10), "w": (150.0, 300)}
    old, new = (draw_row(each, houses) for each in (bounds(old), bounds(new)))
    assert kinds(old, new) == {("a", "a"): "split", ("", "c"): "split", ("b", "b"): "moved_line"}


def bounds(plan: DrawnPlan) -> dict[str, tuple[float, float]]:
    edges = plan.grids.geometry.bounds - 500_000.0
    return dict(zip(plan.grids.index, zip(edges["minx"], edges["maxx"], strict=True), strict=True))


def test_another_code_for_the_same_ground_is_a_new_name() -> None:
    old, new = draw_row(TWO), draw_row({"a": (0, 100), "c": (100, 200)})
    assert kinds(old, new) == {("a", "a"): "unchanged", ("b", "c"): "renamed"}
    found = compare_plans(old, new)
    assert found.count_changes("recoded")["households_after"] == 100
    assert found.count_changes("moved")["households_after"] == 0
    assert found.boards["action"].to_dict() == {"b": "take_down", "c": "put_up"}


def test_another_name_and_another_worker_need_another_board() -> None:
    old = draw_row(TWO, names={"a": "East"}, workers={"b": "wang"})
    new = draw_row(TWO, names={"a": "West"}, workers={"b": "li"})
    assert kinds(old, new) == {("a", "a"): "renamed", ("b", "b"): "unchanged"}
    assert compare_plans(old, new).boards["reasons"].to_dict() == {"a": "name", "b": "worker"}


def test_a_code_that_now_means_another_place_needs_another_board() -> None:
    old, new = draw_row(TWO), draw_row({"b": (0, 100), "a": (100, 200)})
    assert kinds(old, new) == {("b", "a"): "renamed", ("a", "b"): "renamed"}
    assert set(compare_plans(old, new).boards["reasons"]) == {"place"}


def test_ground_where_nobody_lives_has_parents_by_its_area() -> None:
    houses = {"x": (20.0, 50), "y": (180.0, 50)}
    old = draw_row({"a": (0, 100), "b": (100, 200)}, houses)
    new = draw_row({"a": (0, 50), "park": (50, 130), "b": (130, 200)}, houses)
    found = compare_plans(old, new)
    links = found.lineage[found.lineage["child"] == "park"]
    assert links["parent"].tolist() == ["a", "b"]
    assert links["share_of_child"].tolist() == pytest.approx([50 / 80, 30 / 80])
    back = found.crosswalk.backward
    assert back.loc[back["from_code"] == "park", "part"].tolist() == [5000, 3000]


def test_new_ground_and_ground_given_up_begin_and_end_grids() -> None:
    houses = {"x": (20.0, 50), "y": (120.0, 50)}
    old = draw_row({"a": (0, 100), "b": (100, 200)}, houses)
    new = draw_row({"a": (0, 100), "c": (300, 400)}, {**houses, "z": (350.0, 40)})
    assert kinds(old, new) == {("a", "a"): "unchanged", ("b", ""): "ended", ("", "c"): "new"}
    found = compare_plans(old, new)
    assert found.buildings["change"].to_dict() == {"x": "stays", "y": "lost", "z": "appeared"}
    assert found.matrix().loc["b", ""] == 50
