"""A time limit is shared out: every community has its part of what is left, the last one too."""

import math
from collections.abc import Sequence

import pytest

from gridmap.jobs.city import plan_communities
from gridmap.jobs.order import Order
from gridmap.pipeline import assemble_draft
from gridmap.plan.certificate import audit_draft
from gridmap.plan.partition import search
from gridmap.plan.partition.warming import warm_up
from gridmap.rules import Rules
from gridmap.schema import Community
from tests.worlds import box, community, sheet

RULES = Rules()


def town(sizes: Sequence[int]) -> list[Community]:
    """Draw communities of so many houses."""
    return [
        community(
            {f"h{at}-{n}": box(5 + 9 * n, 5, 11 + 9 * n, 11) for n in range(size)},
            [90] * size,
            code=f"9901010010{at:02d}",
        )
        for at, size in enumerate(sizes)
    ]


def end_of_each(sizes: Sequence[int], order: Order, *, late_s: float = 0.0) -> list[float]:
    """Let each process take up the next community when its time is up, or so much later."""
    free_at, ends = [0.0] * order.processes, []
    for own, _ in order.shared(town(sizes)):
        now_s = min(free_at)
        ends.append(own.stop_at(now_s))
        free_at[free_at.index(now_s)] = max(ends[-1], now_s) + late_s
    return ends


def test_one_process_gives_each_community_its_share_by_buildings() -> None:
    order = Order(RULES, deadline_s=100.0, buildings=20)
    assert end_of_each([2, 8, 5, 5], order) == pytest.approx([10, 50, 75, 100])


@pytest.mark.parametrize("processes", [2, 3])
def test_several_processes_are_all_busy_until_the_deadline_and_none_beyond_it(
    processes: int,
) -> None:
    order = Order(RULES, deadline_s=100.0, processes=processes, buildings=60)
    ends = end_of_each([3] * 20, order)
    assert sorted(ends) == ends
    assert ends[-processes:] == pytest.approx([100.0] * processes)
    assert ends[0] == pytest.approx(5.0 * processes)


def test_who_is_late_takes_a_little_from_all_who_come_after_and_not_all_from_the_next() -> None:
    order = Order(RULES, deadline_s=100.0, buildings=40)
    ends = end_of_each([4] * 10, order, late_s=2.0)
    starts = [0.0, *(end + 2.0 for end in ends[:-1])]
    assert min(end - start for start, end in zip(starts, ends, strict=True)) > 4.0
    assert ends[-1] <= 100.0


def test_communities_without_buildings_or_more_than_were_told_do_no_harm() -> None:
    order = Order(RULES, deadline_s=100.0, buildings=4)
    ends = end_of_each([0, 4, 3], order)
    assert ends[0] == pytest.approx(0.0, abs=1e-3)
    assert ends[1:] == pytest.approx([100.0, 100.0])


def test_without_a_limit_there_is_no_deadline_for_anybody() -> None:
    order = Order(RULES, processes=2, buildings=4)
    assert [own.stop_at(7.0) for own, _ in order.shared(town([0, 2, 2]))] == [math.inf] * 3


def test_with_the_time_up_every_community_still_gets_one_division_that_keeps_the_hard_rules(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    warm_up()  # divides something small to be compiled
    drawn = []
    quick = search._Run.quick_division  # noqa: SLF001 (what cannot be cut short is counted)

    def counted(run: search._Run) -> search.Ranked:
        drawn.append(run)
        return quick(run)

    monkeypatch.setattr(search._Run, "quick_division", counted)  # noqa: SLF001 (as above)
    communities = town([20, 30, 10])
    order = Order(RULES, deadline_s=0.0, buildings=60, with_microgrids=True)
    plans = plan_communities(communities, order)
    grids = sum(len(plan.grids) for plan in plans)
    assert 3 <= len(drawn) <= 3 + grids  # one a community, and one a grid for its micro-grids
    for plan in plans:  # they all lie in one place
        draft = assemble_draft(
            [plan], balance=sheet(plan), faults=(), rules=RULES, seed=0, crs=plan.grids.crs
        )
        assert audit_draft(draft).findings == ()
    assert sum(plan.grids["households"].sum() for plan in plans) == 60 * 90
