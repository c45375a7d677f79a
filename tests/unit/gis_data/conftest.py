"""The committed town, read once for all tests of the generator."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from geopandas import GeoDataFrame
from pandas import DataFrame

from gis_data import SMALL_BUILDINGS, SMALL_SEED, SMALL_TOWN, TownFacts, write_town

KEYS = {"building_id": str, "address": str}


@pytest.fixture(scope="session")
def again(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TownFacts]:
    """Make the small town once more, with its facts."""
    out = tmp_path_factory.mktemp("town")
    return out, write_town(out, buildings=SMALL_BUILDINGS, seed=SMALL_SEED)


@pytest.fixture(scope="session")
def facts(again: tuple[Path, TownFacts]) -> TownFacts:
    """Give the facts of the small town."""
    return again[1]


@pytest.fixture(scope="session")
def layers() -> dict[str, GeoDataFrame]:
    """Read every layer of the committed town that has a geometry."""
    return {path.stem: gpd.read_parquet(path) for path in sorted(SMALL_TOWN.glob("*.parquet"))}


@pytest.fixture(scope="session")
def ledger() -> DataFrame:
    """Read the committed ledger, with "" where nothing is known."""
    frame = pd.read_csv(SMALL_TOWN / "households.csv", dtype=KEYS)
    return frame.fillna({"building_id": "", "address": "", "need": ""})
