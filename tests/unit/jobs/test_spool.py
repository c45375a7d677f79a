"""A spool keeps what is done for whoever does the same again, and for nobody else."""

from contextlib import suppress
from pathlib import Path

import pytest

from gridmap.errors import InputError
from gridmap.jobs.parcels import pack_plan
from gridmap.jobs.spool import discard_spool, open_spool
from gridmap.pipeline import plan_community
from gridmap.rules import Rules
from tests.worlds import box, community

HOUSES = {f"b{n}": box(20 + 60 * n, 20, 50 + 60 * n, 60) for n in range(6)}


@pytest.fixture(scope="module")
def parcel() -> bytes:
    return pack_plan(plan_community(community(HOUSES, [40] * len(HOUSES)), rules=Rules()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "plan.gpkg.part"


def stopped(folder: Path, key: str, parcel: bytes) -> str:
    """Keep one parcel, as a run does that is stopped before the end; gives its code."""
    with suppress(RuntimeError), open_spool(folder, key) as spool:
        spool.keep(parcel)
        raise RuntimeError
    (code,) = spool.sizes
    return code


def test_what_was_done_is_there_for_the_next_run(folder: Path, parcel: bytes) -> None:
    code = stopped(folder, "this", parcel)
    with open_spool(folder, "this") as spool:
        assert spool.take(code) == parcel
        assert spool.replaced == 0


def test_a_run_that_ends_well_takes_its_spool_away(folder: Path, parcel: bytes) -> None:
    with open_spool(folder, "this") as spool:
        spool.keep(parcel)
    assert not folder.exists()


def test_a_run_that_fails_before_anything_is_done_leaves_nothing(folder: Path) -> None:
    with pytest.raises(RuntimeError), open_spool(folder, "this"):
        raise RuntimeError
    assert not folder.exists()


def test_another_key_begins_anew_and_says_how_much_is_lost(folder: Path, parcel: bytes) -> None:
    stopped(folder, "this", parcel)
    with open_spool(folder, "that") as spool:
        assert (spool.sizes, spool.replaced) == ({}, 1)


def test_a_broken_parcel_is_planned_again(folder: Path, parcel: bytes) -> None:
    stopped(folder, "this", parcel)
    (file,) = folder.glob("*.parcel")
    file.write_bytes(parcel[: len(parcel) // 2])
    with open_spool(folder, "this") as spool:
        assert spool.sizes == {}


def test_only_one_at_a_time_has_a_spool(folder: Path, parcel: bytes) -> None:
    with open_spool(folder, "this") as spool:
        spool.keep(parcel)
        with pytest.raises(InputError, match=r"plan\.gpkg\.part"), open_spool(folder, "this"):
            pass
        discard_spool(folder)
        assert len(list(folder.glob("*.parcel"))) == 1


def test_a_folder_of_somebody_else_s_is_not_touched(folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.odt").write_text("years of work", "utf-8")
    with pytest.raises(InputError, match="holds something else"), open_spool(folder, "this"):
        pass
    discard_spool(folder)
    assert [file.name for file in folder.iterdir()] == ["thesis.odt"]


def test_a_spool_nobody_has_can_be_thrown_away(folder: Path, parcel: bytes) -> None:
    stopped(folder, "this", parcel)
    discard_spool(folder)
    assert not folder.exists()
