"""A corrupted ledger ends a command with one sentence and exit code 2, and nothing is written."""

import pytest

from tests.cli.command import Command
from tests.cli.village import write_village
from tests.unit.layers.corrupted import cases

CASES = {case.name: case for case in cases()}
CHOSEN = [
    "cut in a row 1",
    "parted by ^",
    "gbk in utf-8 30",
    "zero byte 30",
    "formula 0 in a text",
    "formula 2 in a workbook",
    "long cell 10000000",
    "a million columns",
    "png as csv",
    "locked",
    "cut at 5/10",
    "billion laughs",
    "bomb",
    "a cell in the last corner",
]


@pytest.mark.parametrize("name", CHOSEN)
def test_a_corrupted_ledger_is_refused_in_one_sentence(gridmap: Command, name: str) -> None:
    case = CASES[name]
    folder = write_village(gridmap.folder / "village")
    (folder / f"households.{case.file}").write_bytes(case.content)
    for call in (["check", folder], ["plan", folder, "--out", "plan.gpkg"], ["import", folder]):
        (sentence,) = gridmap.refuse(*call)
        assert "households" in sentence
