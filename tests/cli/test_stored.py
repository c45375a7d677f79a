"""Import, plan, audit, map and back up with a PostGIS; nothing of the demo's own cluster."""

from pathlib import Path

from tests.cli.command import Command
from tests.cli.test_plan import CONTRACT
from tests.cli.village import HOUSEHOLDS, HOUSES, houses, rename_street


def test_the_whole_job_in_the_database(stored: Command, village: Path) -> None:
    imported = stored("import", village, "--json")
    assert (imported.code, imported.err) == (0, "")
    assert imported.document["ledger"]["placed"] == HOUSEHOLDS

    planned = stored("plan", "--all", "--json")
    assert (planned.code, planned.err) == (0, "")
    assert set(planned.document) >= CONTRACT | {"plan"}
    version = planned.document["plan"]

    audited = stored("audit", "--plan", version, "--json")
    assert (audited.code, audited.err) == (0, "")
    assert audited.document["passes"] is True
    assert audited.document["ledger"]["grids"] == HOUSEHOLDS

    drawn = stored("map", "--plan", version, "--out", "coverage.html")
    assert (drawn.code, drawn.err) == (0, "")
    assert "990101001001001" in (stored.folder / "coverage.html").read_text("utf-8")


def test_the_database_and_the_file_get_the_same_plan(stored: Command, village: Path) -> None:
    from_file = stored("plan", village, "--out", "plan.gpkg", "--json", "--seed", 3).document
    stored("import", village)
    from_database = stored("plan", "--all", "--json", "--seed", 3).document
    for key in ("grids", "ledger", "in_band_share", "out_of_band", "split_compounds"):
        assert from_database[key] == from_file[key]


def test_sentences_come_with_every_step(stored: Command, village: Path) -> None:
    assert f"{HOUSES} buildings in 1 communities" in stored("import", village).out
    answer = stored("plan", "--community", "990101001001")
    assert answer.code == 0
    assert "Stored as plan" in answer.out
    assert "The audit passes" in stored("audit").out


def test_an_import_that_changes_nothing_writes_nothing(stored: Command, village: Path) -> None:
    first = stored("import", village, "--json").document
    assert (first["changed"], first["ledger"]["placed"]) == (True, HOUSEHOLDS)
    again = stored("import", village, "--json")
    assert again.code == 0
    assert (again.document["dataset"], again.document["changed"]) == (first["dataset"], False)
    said = stored("import", village)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Nothing changed: import {first['dataset']} stays in force")
    assert len(stored("imports", "--json").document["imports"]) == 1


def test_the_same_layers_saved_again_in_another_format_are_no_change(
    stored: Command, village: Path, tmp_path: Path
) -> None:
    stored("import", village)
    other = rename_street(village, tmp_path / "other", "石板街")
    houses().to_parquet(other / "buildings.parquet")
    (other / "buildings.gpkg").unlink()
    assert stored("import", other, "--json").document["changed"] is False


def test_imports_are_listed_with_what_each_of_them_changed(
    stored: Command, village: Path, tmp_path: Path
) -> None:
    assert stored("imports", "--json").document == {"in_force": None, "imports": []}
    assert "No layers have been imported" in stored("imports").out
    stored("import", village)
    stored("import", rename_street(village, tmp_path / "newer", "新石板街"))
    listed = stored("imports", "--json").document
    newest, first = listed["imports"]
    assert listed["in_force"] == newest["dataset"] > first["dataset"]
    assert newest["changed"] == ["roads"]
    assert newest["layers"]["buildings"]["unchanged_since"] == first["dataset"]
    assert newest["layers"]["buildings"]["file"].startswith("buildings.gpkg")
    lines = stored("imports").out.splitlines()
    assert [("in force" in line, "changed: roads" in line) for line in lines] == [
        (True, True),
        (False, False),
    ]


def test_a_plan_of_an_older_version_stays_as_it_was(
    stored: Command, village: Path, tmp_path: Path
) -> None:
    stored("import", village)
    version = stored("plan", "--all", "--json").document["plan"]
    stored("import", rename_street(village, tmp_path / "newer", "新石板街"))
    assert stored("audit", "--plan", version).code == 0
    drawn = stored("map", "--plan", version, "--out", "old.html")
    assert drawn.code == 0
    assert "新石板街" not in (stored.folder / "old.html").read_text("utf-8")


def test_an_empty_database_says_what_is_missing(stored: Command) -> None:
    for call in (["plan", "--all"], ["audit"], ["map", "--out", "coverage.html"]):
        assert len(stored.refuse(*call)) == 1


def test_a_community_or_plan_that_is_not_there_is_named(stored: Command, village: Path) -> None:
    stored("import", village)
    (sentence,) = stored.refuse("plan", "--community", "990101001009")
    assert "990101001009" in sentence
    (sentence,) = stored.refuse("audit", "--plan", "77")
    assert "77" in sentence


def test_a_refused_import_leaves_the_database_as_it_was(stored: Command, village: Path) -> None:
    stored("import", village)
    before = stored("plan", "--all", "--json").document["ledger"]
    (stored.folder / "broken").mkdir()
    stored.refuse("import", "broken")
    assert stored("plan", "--all", "--json").document["ledger"] == before


def test_a_backup_brings_back_what_was_there(stored: Command, village: Path) -> None:
    stored("import", village)
    version = stored("plan", "--all", "--json").document["plan"]
    assert "Backed up" in stored("db", "backup", "copy.dump").out
    later = stored("plan", "--all", "--json", "--seed", 1).document["plan"]
    assert "Restored" in stored("db", "restore", "copy.dump").out
    assert stored("audit", "--plan", version).code == 0
    assert stored.refuse("audit", "--plan", later)


def test_what_is_no_backup_changes_nothing(stored: Command, village: Path) -> None:
    stored("import", village)
    version = stored("plan", "--all", "--json").document["plan"]
    (stored.folder / "copy.dump").write_text("no backup at all", "utf-8")
    stored.refuse("db", "restore", "copy.dump")
    stored.refuse("db", "restore", "nothing.dump")
    assert stored("audit", "--plan", version).code == 0


def test_url_prints_the_address_and_nothing_else(stored: Command) -> None:
    answer = stored("db", "url")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.strip() == stored.environment["GRIDMAP_DATABASE_URL"]


def test_a_database_of_one_s_own_is_not_started_or_stopped(stored: Command) -> None:
    for word in ("start", "stop"):
        stored.refuse("db", word)
