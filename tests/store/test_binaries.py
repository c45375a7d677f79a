"""PostgreSQL's programs are found where distributions hide them, or where pg_config says."""

from pathlib import Path

import pytest

from gridmap.errors import StoreError
from gridmap.store.binaries import find_binaries


def install(root: Path, version: int, *extensions: str) -> None:
    """Lay an installation out as Debian does."""
    programs = root / "lib" / str(version) / "bin"
    shared = root / "share" / str(version) / "extension"
    for folder in (programs, shared):
        folder.mkdir(parents=True)
    (programs / "initdb").touch()
    for name in extensions:
        (shared / f"{name}.control").touch()


def find(root: Path, version: int | None = None) -> int:
    places = {"programs": root / "lib", "extensions": root / "share"}
    return find_binaries(version, **places, path=str(root / "bin")).version


def test_the_newest_that_has_postgis_and_pgrouting_is_taken(tmp_path: Path) -> None:
    install(tmp_path, 9, "postgis", "pgrouting")
    install(tmp_path, 15, "postgis", "pgrouting")
    install(tmp_path, 16, "postgis")
    install(tmp_path, 17)
    assert find(tmp_path) == 15


def test_the_version_a_cluster_was_made_by_is_taken(tmp_path: Path) -> None:
    for version in (14, 15):
        install(tmp_path, version, "postgis", "pgrouting")
    assert find(tmp_path, 14) == 14
    with pytest.raises(StoreError, match="no PostgreSQL 13"):
        find(tmp_path, 13)


def test_elsewhere_pg_config_says_where_things_are(tmp_path: Path) -> None:
    install(tmp_path, 18, "postgis", "pgrouting")
    (tmp_path / "lib").rename(tmp_path / "opt")
    command = tmp_path / "bin" / "pg_config"
    command.parent.mkdir()
    command.write_text(
        f"#!/bin/sh\necho {tmp_path}/opt/18/bin\necho {tmp_path}/share/18\necho PostgreSQL 18.1\n"
    )
    command.chmod(0o755)
    assert find(tmp_path) == 18


def test_a_pg_config_that_fails_finds_nothing(tmp_path: Path) -> None:
    command = tmp_path / "bin" / "pg_config"
    command.parent.mkdir()
    command.write_text("#!/bin/sh\nexit 1\n")
    command.chmod(0o755)
    with pytest.raises(StoreError, match="apt-get install"):
        find(tmp_path)


def test_without_any_the_sentence_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as missing:
        find(tmp_path)
    assert "apt-get install" in missing.value.sentences("zh")[0]
