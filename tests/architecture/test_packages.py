"""What gridmap stands on: locked, declared, and free to be used with Apache-2.0."""

import re
import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import distribution, packages_distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.sources import ROOT, imported_modules, python_files

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
BENCH_LOCK = (ROOT / "requirements-bench.lock").read_text("utf-8")  # with the peers of `make bench`
PINNED = re.compile(
    r"^([a-z0-9-]+)==([^\s;]+)(?P<hashes>(?:.*\\\n\s+--hash=sha256:[0-9a-f]{64})+)", re.MULTILINE
)

FREE = re.compile(
    r"\b(0BSD|Apache|BSD|CC0|HPND|ISC|MIT|MPL|Mozilla|PSF|Python Software Foundation|Zlib)\b"
)
COPYLEFT = re.compile(r"GPL|GNU|SSPL|EUPL|CC-BY-NC|Proprietary", re.IGNORECASE)
LGPL_USED_AS_A_LIBRARY = {"psycopg", "psycopg-binary", "psycopg-pool"}


def requirements(lines: Iterable[str]) -> list[Requirement]:
    return [Requirement(line) for line in lines]


def run_time_packages() -> set[str]:
    """Name everything that is installed with gridmap, however far down."""
    found: set[str] = set()
    waiting = requirements(PROJECT["project"]["dependencies"])
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in found and not wanted.extras:
            continue
        found.add(name)
        for next_one in requirements(distribution(name).requires or []):
            extras = [{"extra": extra} for extra in ("", *wanted.extras)]
            if not next_one.marker or any(map(next_one.marker.evaluate, extras)):
                waiting.append(next_one)
    return found


def licence(name: str) -> str:
    """Say what a package declares: the expression, else its classifiers, else the first line."""
    about = distribution(name).metadata
    classifiers = [text for text in about.get_all("Classifier", []) if text.startswith("License")]
    expression, words = (
        about[field] if field in about else ""  # noqa: SIM401 (it is no mapping)
        for field in ("License-Expression", "License")
    )
    declared = expression or " ".join(classifiers) or words or ""
    return str(declared).splitlines()[0] if declared else ""


@cache
def locked(lock: str = LOCK) -> dict[str, str]:
    return {match[1]: match[2] for match in PINNED.finditer(lock)}


def test_what_runs_is_free_to_be_used_with_apache() -> None:
    licences = {name: licence(name) for name in run_time_packages() - LGPL_USED_AS_A_LIBRARY}
    assert len(licences) > len(PROJECT["project"]["dependencies"])
    wrong = {
        n: text for n, text in licences.items() if COPYLEFT.search(text) or not FREE.search(text)
    }
    assert wrong == {}


def test_the_one_exception_is_the_lesser_licence_of_the_database_driver() -> None:
    assert {licence(name) for name in LGPL_USED_AS_A_LIBRARY} == {"LGPL-3.0-only"}


def test_what_is_imported_is_declared() -> None:
    declared = {
        canonicalize_name(needed.name)
        for needed in requirements(PROJECT["project"]["dependencies"])
    }
    known = packages_distributions()
    ours = {"gridmap", "gis_data", "api", *sys.stdlib_module_names}
    stranger = {
        f"{file}: {module}"
        for file in python_files("gridmap", "gis_data", "api")
        for module in {name.partition(".")[0] for name in imported_modules(file)} - ours
        if not declared & {canonicalize_name(name) for name in known.get(module, [])}
    }
    assert stranger == set()


def test_what_is_declared_is_imported() -> None:
    not_imported_by_name = {"psycopg-binary"}
    known = packages_distributions()
    imported = {
        canonicalize_name(name)
        for file in python_files("gridmap", "gis_data", "api")
        for module in imported_modules(file)
        for name in known.get(module.partition(".")[0], [])
    }
    declared = {
        canonicalize_name(needed.name)
        for needed in requirements(PROJECT["project"]["dependencies"])
    }
    assert declared - imported - not_imported_by_name == set()


def test_every_requirement_is_locked_at_a_version_that_fits() -> None:
    groups = PROJECT["dependency-groups"]
    wanted = [*PROJECT["project"]["dependencies"], *groups["dev"]]
    wrong = [
        str(needed)
        for lock, lines in ((LOCK, wanted), (BENCH_LOCK, [*wanted, *groups["bench"]]))
        for needed in requirements(lines)
        if not needed.specifier.contains(locked(lock).get(canonicalize_name(needed.name), "0"))
    ]
    assert wrong == []


def test_benchmarks_run_on_the_locked_packages_and_a_few_peers() -> None:
    assert locked().items() <= locked(BENCH_LOCK).items()


def test_every_locked_package_has_its_hashes_and_no_address() -> None:
    for lock in (LOCK, BENCH_LOCK):
        lines = [line for line in lock.splitlines() if re.match(r"[a-z0-9]", line)]
        assert len(lines) == len(PINNED.findall(lock))
        assert "://" not in lock
