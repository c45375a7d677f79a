"""
Spoilt files of features: one clear sentence, exit code 2, nothing written, in bounded memory.

With the spoilt tables they are the 200 files that the program is handed on a bad day.
"""

import resource

import pytest

from tests.cli.command import Command
from tests.cli.spoilt_features import SPOILERS
from tests.cli.village import write_village

MEMORY = 4 << 30  # of addresses, in bytes: twice what is ever used
SENTENCE_CHARACTERS = 400
LIMIT_S = 60


def test_there_are_more_than_a_hundred_of_them() -> None:
    assert len(SPOILERS) > 100


@pytest.mark.parametrize("what", SPOILERS)
def test_a_spoilt_file_is_refused_in_one_sentence(gridmap: Command, what: str) -> None:
    folder = write_village(gridmap.folder / "village")
    (folder / "buildings.gpkg").unlink()
    SPOILERS[what](folder)
    before = {path: path.stat().st_mtime_ns for path in gridmap.folder.rglob("*")}
    process = gridmap.start("plan", folder, "--out", "plan.gpkg")
    assert process.pid is not None
    resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
    process.join(LIMIT_S)
    said = gridmap.folder.with_name(f"{gridmap.folder.name}.err").read_text("utf-8")
    sentences = said.splitlines()
    assert process.exitcode == 2, said
    assert len(sentences) == 1, said
    assert len(sentences[0]) < SENTENCE_CHARACTERS
    assert sentences[0].endswith(".")
    assert "fault of its own" not in said
    assert str(gridmap.folder) not in said
    assert {path: path.stat().st_mtime_ns for path in gridmap.folder.rglob("*")} == before
