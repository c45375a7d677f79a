"""What may lie in the repository: where, how large, and without a word about where it was made."""

import re

from tests.architecture.sources import ROOT, committed_files

TOP_LEVEL_FOLDERS = {"gridmap", "api", "web", "gis_data", "notebooks", "tests", ".ci"}
MOST_BYTES_OF_A_SAMPLE = 1_000_000
TEXT = {".py", ".md", ".toml", ".lock", ".json", ".js", ".css", ".sh", ".mako", ".ipynb", ""}

# Each is cut in two, so that this file does not hold what it looks for.
PLACES = re.compile(
    "|".join(
        (
            r"pypi\." + "org",
            r"python" + r"hosted\.org",
            r"registry\." + "npm",
            r"npm" + r"mirror\.com",
            r"\bmirrors?\.[a-z0-9-]+\.",
            r"artifact" + r"registry",
            r"-----BEGIN [A-Z ]*PRIVATE " + "KEY",
            r"(?<![\w.~-])/(?:work|home|Users|root)/" + r"\w",
        )
    )
)


def test_only_the_fixed_folders_lie_at_the_root() -> None:
    folders = {file.parts[0] for file in committed_files() if len(file.parts) > 1}
    assert folders <= TOP_LEVEL_FOLDERS


def test_the_committed_sample_is_small() -> None:
    sizes = [
        (ROOT / file).stat().st_size
        for file in committed_files()
        if file.parts[0] == "gis_data" and file.suffix != ".py"
    ]
    assert sum(sizes) < MOST_BYTES_OF_A_SAMPLE


def test_no_committed_file_is_large() -> None:
    sizes = {file: (ROOT / file).stat().st_size for file in committed_files()}
    assert {file: size for file, size in sizes.items() if size > MOST_BYTES_OF_A_SAMPLE} == {}


def test_no_file_names_a_registry_or_a_place_on_a_machine() -> None:
    found = [
        f"{file}:{number}: {line.strip()[:120]}"
        for file in committed_files()
        if file.suffix in TEXT
        for number, line in enumerate((ROOT / file).read_text("utf-8").splitlines(), 1)
        if PLACES.search(line)
    ]
    assert found == []


def test_the_lock_of_the_front_end_names_no_address() -> None:
    assert "http" not in (ROOT / "web" / "package-lock.json").read_text("utf-8")
