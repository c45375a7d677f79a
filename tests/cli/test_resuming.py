"""`gridmap plan` stopped midway: the next one goes on, and nobody can tell from the plan."""

import os
import signal
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.cli.command import Command

TURN_S = 0.01


def stop_midway(
    gridmap: Command, *arguments: object, stop: Callable[[BaseProcess], None] = BaseProcess.kill
) -> BaseProcess:
    """Stop a run when a community is done and others are not."""
    process = gridmap.start(*arguments)
    while process.is_alive() and not list(gridmap.folder.rglob("*.part/*.parcel")):
        process.join(TURN_S)
    assert process.is_alive(), "it was over before it could be stopped"
    stop(process)
    return process


def finished(gridmap: Command, *arguments: object) -> tuple[str, bytes]:
    """Run to the end; gives what was said, and the plan."""
    answer = gridmap(*arguments)
    assert (answer.code, answer.err) == (0, "")
    assert not list(gridmap.folder.glob("*.part"))
    return answer.out, (gridmap.folder / "plan.gpkg").read_bytes()


def test_a_killed_run_is_gone_on_with_and_writes_the_same_bytes(
    gridmap: Command, town: Path
) -> None:
    call = ("plan", town, "--out", "plan.gpkg")
    said, whole = finished(gridmap, *call)
    assert "Going on" not in said
    (gridmap.folder / "plan.gpkg").unlink()
    stop_midway(gridmap, *call).join()
    assert not (gridmap.folder / "plan.gpkg").exists()
    said, resumed = finished(gridmap, *call)
    assert "Going on where the last run stopped" in said
    assert resumed == whole


def test_a_killed_run_of_something_else_is_thrown_away_in_words(
    gridmap: Command, town: Path
) -> None:
    other = ("plan", town, "--out", "plan.gpkg", "--seed", 1)
    _, whole = finished(gridmap, *other)
    stop_midway(gridmap, "plan", town, "--out", "plan.gpkg").join()
    said, planned = finished(gridmap, *other)
    assert "all is planned anew" in said
    assert planned == whole


def test_two_runs_do_not_plan_the_same_at_once(gridmap: Command, town: Path) -> None:
    def freeze(process: BaseProcess) -> None:
        os.kill(process.pid or 0, signal.SIGSTOP)

    call = ("plan", town, "--out", "plan.gpkg")
    first = stop_midway(gridmap, *call, stop=freeze)
    (sentence,) = gridmap.refuse(*call)
    assert "Another gridmap is planning just this" in sentence
    first.kill()


def test_a_folder_that_has_the_name_by_chance_is_left_alone(gridmap: Command, town: Path) -> None:
    folder = gridmap.folder / "plan.gpkg.part"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear", "utf-8")
    (sentence,) = gridmap.refuse("plan", town, "--out", "plan.gpkg")
    assert "plan.gpkg.part" in sentence


def test_a_plan_in_the_database_is_gone_on_with(stored: Command, town: Path) -> None:
    stored("import", town)
    whole = stored("plan", "--all", "--json").document
    stop_midway(stored, "plan", "--all").join()
    answer = stored("plan", "--all")
    assert answer.code == 0
    assert "Going on where the last run stopped" in answer.out
    assert not list(stored.folder.rglob("*.parcel"))
    resumed = stored("plan", "--all", "--json").document
    for one in (whole, resumed):
        del one["seconds"], one["plan"]
    assert resumed == whole
    assert stored("audit").code == 0


def test_communities_that_are_not_there_are_refused_before_any_work(
    stored: Command, town: Path
) -> None:
    stored("import", town)
    (sentence,) = stored.refuse(
        "plan", "--community", "990101009998", "--community", "990101009999"
    )
    assert "990101009998, 990101009999" in sentence


def test_a_cluster_that_cannot_be_reached_is_refused_before_any_work(gridmap: Command) -> None:
    call = ("plan", "nowhere at all", "--out", "plan.gpkg", "--scheduler", "tcp://127.0.0.1:1")
    (sentence,) = gridmap.refuse(*call)
    assert "no Dask scheduler" in sentence


def test_an_unknown_code_profile_is_refused_before_any_work(gridmap: Command) -> None:
    (gridmap.folder / "mine.toml").write_text('code_profile = "xy99"\n', "utf-8")
    call = ("plan", "nowhere at all", "--out", "plan.gpkg", "--rule", "mine.toml")
    (sentence,) = gridmap.refuse(*call)
    assert "xy99" in sentence


def test_no_time_at_all_is_refused_before_any_work(gridmap: Command) -> None:
    call = ("plan", "nowhere at all", "--out", "plan.gpkg", "--time-limit", 0)
    (sentence,) = gridmap.refuse(*call)
    assert "more than 0 seconds" in sentence
