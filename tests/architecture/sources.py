"""The files of this repository, as the architecture tests read them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIBRARY = ("gridmap", "gis_data", "api")


@cache
def committed_files() -> tuple[Path, ...]:
    """List what is committed, or would be by `git add --all`; paths from the root."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    names = sorted(set(listed.stdout.split("\0")) - {""})
    return tuple(Path(name) for name in names if (ROOT / name).is_file())


def python_files(*folders: str) -> list[Path]:
    """List the Python files under top-level `folders`, or all of them."""
    return [
        file
        for file in committed_files()
        if file.suffix == ".py" and (not folders or file.parts[0] in folders)
    ]


@cache
def tree(file: Path) -> ast.Module:
    """Parse a file of :func:`python_files`."""
    return ast.parse((ROOT / file).read_text("utf-8"), str(file))


def nodes(*folders: str) -> Iterator[tuple[Path, ast.AST]]:
    """Walk every syntax node of the files under `folders`."""
    for file in python_files(*folders):
        for node in ast.walk(tree(file)):
            yield file, node


def imported_modules(file: Path) -> set[str]:
    """Name the modules a file imports, dotted; `from a import b` counts as `a` and `a.b`."""
    names: set[str] = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names
