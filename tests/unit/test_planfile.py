"""A plan as a file: what is written is read back, whole or not at all, the same to the bit."""

import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from pyproj import CRS

from gridmap import planfile
from gridmap.errors import InputError
from gridmap.messages import LANGUAGES, Language
from gridmap.plan.certificate import audit_draft
from gridmap.plan.model import Draft
from gridmap.planfile import LAYERS, WRITTEN_ON, read_draft, require_ending, write_draft
from tests.unit.drafts import good_draft

WHOLE = [".gpkg", ".parquet", ".geojson"]


def written(
    folder: Path, ending: str, draft: Draft | None = None, language: Language = "en"
) -> Path:
    path = folder / f"plan{ending}"
    write_draft(draft or good_draft(), path, language=language)
    return path


def assert_same(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame, *, reach_m: float = 0.0) -> None:
    columns = [name for name in one.columns if name != "geometry"]
    assert [name for name in other.columns if name != "geometry"] == columns
    plain, read = pd.DataFrame(one[columns]), pd.DataFrame(other[columns])
    pd.testing.assert_frame_equal(plain, read, check_dtype=False, check_index_type=False)
    far = [
        not shapely.equals_exact(shapely.normalize(a), shapely.normalize(b), reach_m)
        for a, b in zip(one.geometry, other.geometry, strict=True)
    ]
    assert not any(far)


@pytest.mark.parametrize("ending", WHOLE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plan_is_read_back_as_it_was_written(
    tmp_path: Path, ending: str, language: Language
) -> None:
    draft = good_draft()
    read = read_draft(written(tmp_path, ending, language=language))
    assert_same(draft.grids, read.grids)
    assert_same(draft.assignment.sort_index(), read.assignment.sort_index())
    assert (read.balance, read.rules, read.seed, read.crs) == (
        draft.balance,
        draft.rules,
        draft.seed,
        draft.crs,
    )
    assert read.figures == replace(draft.figures, seconds={})
    assert read.microgrids.empty
    assert audit_draft(read).passes


@pytest.mark.parametrize("ending", WHOLE)
def test_faults_keep_their_place_and_can_still_be_said_in_both_languages(
    tmp_path: Path, ending: str
) -> None:
    faults = good_draft().faults
    read = read_draft(written(tmp_path, ending)).faults
    assert len(read) == len(faults)
    for before, after in zip(faults, read, strict=True):
        assert [before.text(language) for language in LANGUAGES] == [
            after.text(language) for language in LANGUAGES
        ]
        assert (before.layer, before.row, before.kind, before.level) == (
            after.layer,
            after.row,
            after.kind,
            after.level,
        )
        assert (before.geometry is None) == (after.geometry is None)
        assert before.geometry is None or before.geometry.equals_exact(after.geometry, 1e-6)


@pytest.mark.parametrize("ending", WHOLE)
def test_microgrids_are_read_back(tmp_path: Path, ending: str) -> None:
    draft = good_draft(with_microgrids=True)
    read = read_draft(written(tmp_path, ending, draft))
    assert len(draft.microgrids)
    assert_same(draft.microgrids.sort_index(), read.microgrids.sort_index())
    assert read.assignment.sort_index()["micro_code"].tolist() == (
        draft.assignment.sort_index()["micro_code"].tolist()
    )


@pytest.mark.parametrize("ending", WHOLE)
def test_a_plan_in_degrees_is_read_back_in_metres_and_passes_the_audit(
    tmp_path: Path, ending: str
) -> None:
    draft = replace(good_draft(), crs=CRS("EPSG:4490"))
    path = written(tmp_path, ending, draft)
    read = read_draft(path)
    assert read.crs == CRS("EPSG:4490")
    assert read.grids.crs.is_projected
    assert audit_draft(read).passes
    if ending == ".gpkg":
        west, south, _, _ = pyogrio.read_dataframe(path, layer="grids").total_bounds
        assert 100 < west < 125
        assert 25 < south < 35


@pytest.mark.parametrize("ending", [*WHOLE, ".shp"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_draft_gives_the_same_bytes(
    tmp_path: Path, ending: str, language: Language
) -> None:
    contents = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        written(folder, ending, good_draft(with_microgrids=True), language)
        contents.append({file.name: file.read_bytes() for file in sorted(folder.iterdir())})
    assert contents[0] == contents[1]


def test_a_geopackage_bears_a_fixed_date_so_that_the_clock_does_not_show(tmp_path: Path) -> None:
    with sqlite3.connect(written(tmp_path, ".gpkg")) as file:
        dates = {row[0] for row in file.execute("SELECT last_change FROM gpkg_contents")}
    file.close()
    assert dates == {WRITTEN_ON}


def test_a_geopackage_has_the_layers_and_columns_of_the_contract(tmp_path: Path) -> None:
    path = written(tmp_path, ".gpkg")
    assert {"grids", "assignment", "microgrids", "faults"} <= set(LAYERS)
    columns = {name: set(pyogrio.read_info(path, layer=name)["fields"]) for name in LAYERS}
    assert columns["grids"] >= {
        "grid_code",
        "name",
        "kind",
        "community_code",
        "households",
        "persons",
        "buildings",
        "area_m2",
        "clear_share",
        "compactness",
        "neck_m",
        "enclosed_by",
        "why",
        "bounds_text",
        "status",
        "reason",
    }
    assert columns["assignment"] >= {"building_id", "grid_code", "micro_code"}
    assert columns["microgrids"] >= {"micro_code", "grid_code", "households", "persons"}
    assert columns["faults"] >= {"layer", "row", "kind", "sentence"}


@pytest.mark.parametrize(
    ("language", "bounds", "reason", "why"),
    [("zh", "东至", "不可再分", "沿"), ("en", "east:", "cannot be divided", "follows")],
)
def test_sentences_are_in_the_language_asked_for(
    tmp_path: Path, language: Language, bounds: str, reason: str, why: str
) -> None:
    grids = pyogrio.read_dataframe(written(tmp_path, ".gpkg", language=language), layer="grids")
    assert grids["bounds_text"].str.contains(bounds).all()
    assert grids["reason"].str.contains(reason).sum() == 1
    assert grids["why"].str.startswith(why).all()


def test_a_shapefile_holds_the_grids_under_short_names_and_the_buildings_beside_them(
    tmp_path: Path,
) -> None:
    grids = pyogrio.read_dataframe(written(tmp_path, ".shp"))
    assert {"grid_code", "community", "clear", "compact", "bounds", "reason"} <= set(grids.columns)
    assert grids["grid_code"].tolist() == good_draft().grids.index.tolist()
    assert grids["name"].tolist() == good_draft().grids["name"].tolist()
    buildings = pyogrio.read_dataframe(tmp_path / "plan.buildings.shp")
    assert set(buildings["building"]) == set(good_draft().assignment.index)


@pytest.mark.parametrize("ending", WHOLE)
def test_a_plan_from_before_grids_were_explained_can_still_be_read(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = {"neck_m", "enclosed_by", "why"}
    older = good_draft().grids.drop(columns=list(new))
    monkeypatch.setattr(planfile, "SAID", ("reason", "bounds"))
    path = written(tmp_path, ending, replace(good_draft(), grids=older))
    monkeypatch.undo()
    read = read_draft(path).grids
    assert read["neck_m"].isna().all()
    assert (read[["enclosed_by", "why"]] == "").all(axis=None)
    assert_same(older, read.drop(columns=list(new)))


def test_writing_again_replaces_the_plan_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "plan.gpkg"
    path.write_bytes(b"an older plan")
    written(tmp_path, ".gpkg")
    assert read_draft(path).seed == 3
    assert [file.name for file in tmp_path.iterdir()] == ["plan.gpkg"]


@pytest.mark.parametrize("ending", [*WHOLE, ".shp"])
@pytest.mark.parametrize("layers", [0, 1, 5])
def test_a_disk_that_is_full_leaves_the_old_plan_and_nothing_else(
    tmp_path: Path, ending: str, layers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"plan{ending}"
    path.write_bytes(b"an older plan")
    genuine, calls = planfile._write_layer, []  # noqa: SLF001 (where a disk fills up)

    def fill_up(rows: pd.DataFrame, name: str, file: Path) -> None:
        calls.append(name)
        if len(calls) > layers:
            raise OSError(28, "No space left on device")
        genuine(rows, name, file)

    monkeypatch.setattr(planfile, "_write_layer", fill_up)
    with pytest.raises(OSError, match="No space left"):
        write_draft(good_draft(), path, language="en")
    assert len(calls) == layers + 1
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        path.name: b"an older plan"
    }


@pytest.mark.parametrize("name", ["plan.xls", "plan", "plan.gpkg.zip", ".gpkg"])
def test_an_ending_that_is_no_format_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"\.gpkg, \.parquet, \.geojson, \.shp"):
        require_ending(tmp_path / name)


def test_endings_may_be_in_capitals(tmp_path: Path) -> None:
    path = tmp_path / "PLAN.GPKG"
    write_draft(good_draft(), path, language="en")
    assert audit_draft(read_draft(path)).passes


def test_a_folder_that_is_not_there_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"plan\.gpkg"):
        write_draft(good_draft(), tmp_path / "nowhere" / "plan.gpkg", language="en")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no file plan\.gpkg"):
        read_draft(tmp_path / "plan.gpkg")


@pytest.mark.parametrize("ending", WHOLE)
def test_what_is_no_plan_is_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"plan{ending}"
    for content in (
        b"",
        b"no plan at all",
        b"{}",
        b'{"type": "FeatureCollection", "features": []}',
    ):
        path.write_bytes(content)
        with pytest.raises(InputError) as refused:
            read_draft(path)
        assert [fault.kind for fault in refused.value.faults] == ["plan_unreadable"]


def test_a_layer_folder_s_own_geopackage_is_no_plan(tmp_path: Path) -> None:
    path = tmp_path / "buildings.gpkg"
    pyogrio.write_dataframe(good_draft().assignment.reset_index(), path, layer="buildings")
    with pytest.raises(InputError, match=r"buildings\.gpkg is not a plan"):
        read_draft(path)


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_plan_that_was_cut_short_is_refused(tmp_path: Path, share: float) -> None:
    path = written(tmp_path, ".gpkg")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputError, match=r"plan\.gpkg"):
        read_draft(path)


@pytest.mark.parametrize("lost", ["assignment", "buildings", "faults", "plan"])
def test_a_plan_without_one_of_its_files_is_refused(tmp_path: Path, lost: str) -> None:
    path = written(tmp_path, ".parquet")
    (tmp_path / f"plan.{lost}.parquet").unlink()
    with pytest.raises(InputError, match=r"plan\.parquet"):
        read_draft(path)


def test_a_plan_whose_document_lacks_a_part_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, ".geojson")
    document = tmp_path / "plan.plan.json"
    content = json.loads(document.read_text("utf-8"))
    for part in content.keys() - {"seed"}:
        document.write_text(json.dumps({**content, part: None}), "utf-8")
        with pytest.raises(InputError, match=r"plan\.geojson"):
            read_draft(path)


def test_a_plan_may_be_moved_to_another_folder(tmp_path: Path) -> None:
    path = written(tmp_path, ".gpkg")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert audit_draft(read_draft(Path(shutil.move(path, elsewhere)))).passes
