"""Wrong calls and wrong inputs: exit code 2, one sentence a fault, nothing written."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest

from tests.cli.command import Command
from tests.cli.village import houses, write_village


def _replace_buildings(folder: Path, frame: gpd.GeoDataFrame, name: str) -> Path:
    (folder / "buildings.gpkg").unlink()
    path = folder / name
    frame.to_file(path)
    return path


def shapes() -> gpd.GeoDataFrame:
    """Give the buildings with names that a Shapefile has room for."""
    return houses().rename(columns={"building_id": "bid"})


def truncate_shapefile(folder: Path) -> str:
    path = _replace_buildings(folder, shapes(), "buildings.shp")
    path.write_bytes(path.read_bytes()[:-300])
    return "buildings.shp is shorter than its own header says"


def forget_the_crs(folder: Path) -> str:
    path = _replace_buildings(folder, shapes(), "buildings.shp")
    path.with_suffix(".prj").unlink()
    return "Layer buildings has no CRS"


def mix_encodings(folder: Path) -> str:
    head = "户编号,楼栋编号,人数,地址\nH1,b0,3,石板街一号\n"
    text = head.encode("utf-8") + "H2,b1,2,石板街二号东侧小院\n".encode("gbk")
    (folder / "households.csv").write_bytes(text)
    return "most of households.csv is UTF-8, but line 3 is not"


def empty_the_layer(folder: Path) -> str:
    _replace_buildings(folder, houses().iloc[:0], "buildings.geojson")
    return "Layer buildings holds no records"


def draw_polygons_for_workers(folder: Path) -> str:
    workers = houses()[["geometry"]].assign(worker_id="w", grids="x")
    workers.to_file(folder / "workers.gpkg", layer="workers")
    return "where a Point belongs"


def map_to_a_missing_column(folder: Path) -> str:
    (folder / "layers.toml").write_text('[buildings]\nhouseholds = "hushu"\n', "utf-8")
    return "mapped to column hushu"


def count_in_words(folder: Path) -> str:
    frame = houses().assign(households="many")
    _replace_buildings(folder, frame, "buildings.geojson")
    return "households = many"


WAYS = [
    truncate_shapefile,
    forget_the_crs,
    mix_encodings,
    empty_the_layer,
    draw_polygons_for_workers,
    map_to_a_missing_column,
    count_in_words,
]


@pytest.mark.parametrize("spoil", WAYS)
def test_a_wrong_layer_is_refused_by_every_command_that_reads_it(
    gridmap: Command, spoil: Callable[[Path], str]
) -> None:
    folder = write_village(gridmap.folder / "village")
    expected = spoil(folder)
    for call in (
        ["plan", folder, "--out", "plan.gpkg"],
        ["check", folder],
        ["import", folder],
    ):
        sentences = gridmap.refuse(*call)
        assert expected in sentences[0]


def test_every_fault_of_every_layer_is_said_at_once(gridmap: Command) -> None:
    folder = write_village(gridmap.folder / "village")
    expected = [
        spoil(folder) for spoil in (forget_the_crs, mix_encodings, draw_polygons_for_workers)
    ]
    sentences = gridmap.refuse("plan", folder, "--out", "plan.gpkg")
    assert len(sentences) == len(expected)
    for part in expected:
        assert any(part in sentence for sentence in sentences)


def test_check_json_of_a_refused_folder_is_still_one_document(gridmap: Command) -> None:
    folder = write_village(gridmap.folder / "village")
    expected = forget_the_crs(folder)
    answer = gridmap("check", folder, "--json")
    assert answer.code == 2
    (fault,) = answer.document["faults"]
    assert (fault["layer"], fault["level"]) == ("buildings", "refused")
    assert expected in fault["sentence"]


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_a_folder_that_is_not_there_is_named(gridmap: Command, as_json: list[str]) -> None:
    (sentence,) = gridmap.refuse("plan", "nowhere", "--out", "plan.gpkg", *as_json)
    assert "There is no nowhere" in sentence


def test_an_unknown_rule_is_refused_with_the_ones_there_are(
    gridmap: Command, village: Path
) -> None:
    (sentence,) = gridmap.refuse("plan", village, "--out", "plan.gpkg", "--rule", "cn-lunar")
    assert "cn-rural, cn-urban" in sentence


def test_a_rule_with_two_faults_gets_two_sentences(gridmap: Command, village: Path) -> None:
    (gridmap.folder / "mine.toml").write_text('high = "many"\nhihg = 3\n', "utf-8")
    sentences = gridmap.refuse("plan", village, "--out", "plan.gpkg", "--rule", "mine.toml")
    assert len(sentences) == 2


def test_an_unknown_code_profile_is_refused(gridmap: Command, village: Path) -> None:
    (gridmap.folder / "mine.toml").write_text('code_profile = "bj16"\n', "utf-8")
    (sentence,) = gridmap.refuse("plan", village, "--out", "plan.gpkg", "--rule", "mine.toml")
    assert "bj15" in sentence


@pytest.mark.parametrize(
    ("out", "expected"),
    [("plan.xls", ".gpkg, .parquet"), ("plan", ".gpkg"), ("nowhere/plan.gpkg", "not there")],
)
def test_an_output_that_cannot_be_written_is_refused_before_any_work(
    gridmap: Command, out: str, expected: str
) -> None:
    (sentence,) = gridmap.refuse("plan", "nowhere at all", "--out", out)
    assert expected in sentence


@pytest.mark.parametrize(
    "call",
    [
        ["plan"],
        ["plan", "DIR"],
        ["plan", "DIR", "--all", "--out", "plan.gpkg"],
        ["plan", "DIR", "--community", "990101001001", "--out", "plan.gpkg"],
        ["plan", "DIR", "--out", "plan.gpkg", "--time-limit", "-1"],
        ["plan", "DIR", "--out", "plan.gpkg", "--time-limit", "soon"],
        ["plan", "DIR", "--out", "plan.gpkg", "--seed", "-1"],
        ["plan", "DIR", "--out", "plan.gpkg", "--wishes"],
        ["sample", "--buildings", "0", "--out", "town"],
        ["sample", "--buildings", "60"],
        ["audit", "plan.gpkg", "--plan", "1"],
        ["map", "plan.gpkg"],
        ["frobnicate"],
        [],
    ],
)
def test_a_call_that_makes_no_sense_is_refused(
    gridmap: Command, village: Path, call: list[str]
) -> None:
    gridmap.refuse(*[str(village) if word == "DIR" else word for word in call])


@pytest.mark.parametrize("name", ["nothing.gpkg", "text.gpkg", "text.geojson", "text.parquet"])
def test_a_file_that_is_no_plan_is_refused(gridmap: Command, name: str) -> None:
    if not name.startswith("nothing"):
        (gridmap.folder / name).write_text("no plan at all", "utf-8")
    for call in (["audit", name], ["map", name, "--out", "coverage.html"]):
        (sentence,) = gridmap.refuse(*call)
        assert name in sentence


def test_a_map_into_a_folder_that_is_not_there_is_refused(gridmap: Command, plan: Path) -> None:
    (sentence,) = gridmap.refuse("map", plan, "--out", "nowhere/coverage.html")
    assert "nowhere" in sentence


def test_a_fault_sheet_into_a_folder_that_is_not_there_is_refused(
    gridmap: Command, village: Path
) -> None:
    (sentence,) = gridmap.refuse("check", village, "--faults", "nowhere/faults.xlsx")
    assert "nowhere" in sentence


def test_a_database_that_cannot_be_reached_is_said_without_its_password(
    gridmap: Command, village: Path
) -> None:
    url = "postgresql://me:secret@127.0.0.1:1/nowhere"
    for call in (["import", village], ["plan", "--all"], ["audit"], ["db", "backup", "file"]):
        sentences = gridmap.refuse(*call, GRIDMAP_DATABASE_URL=url)
        assert "127.0.0.1" in sentences[0]
        assert not any("secret" in sentence for sentence in sentences)
