"""Whatever happened to a ledger, it gets one clear sentence, in bounded memory and time."""

import contextlib
import multiprocessing
from pathlib import Path

import pytest

from gridmap.errors import InputError
from gridmap.layers.formats.sheets import read_table
from gridmap.layers.mapping import LayerMapping
from gridmap.schema import Fault
from tests.unit.layers.corrupted import Case, cases

CASES = cases()
MOST_MB = 1_500


def refusals(case: Case, folder: Path) -> list[Fault]:
    """Read a ledger that must be refused."""
    path = folder / f"households.{case.file}"
    path.write_bytes(case.content)
    with pytest.raises(InputError) as refused:
        read_table(path, "households", LayerMapping())
    return list(refused.value.faults)


def test_the_corpus_is_as_large_as_it_was_asked_for() -> None:
    assert len(CASES) >= 120
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_corrupted_table_is_refused_in_one_sentence(case: Case, tmp_path: Path) -> None:
    faults = refusals(case, tmp_path)
    assert [fault.kind for fault in faults] == [case.kind], [fault.text("en") for fault in faults]
    for tongue in ("zh", "en"):
        sentence = faults[0].text(tongue)
        assert sentence.endswith((".", "。"))
        assert "\n" not in sentence
        assert len(sentence) < 400


def _peak_mb(folder: Path) -> int:
    for case in CASES:
        path = folder / f"households.{case.file}"
        path.write_bytes(case.content)
        with contextlib.suppress(InputError):
            read_table(path, "households", LayerMapping())
    # Not ru_maxrss: that begins with what the process had that started this one.
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


@pytest.mark.timeout(300)
def test_all_of_them_together_stay_within_bounded_memory(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_peak_mb, (tmp_path,)) < MOST_MB
