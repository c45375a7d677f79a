"""
Every sentence a user reads, in Chinese and English, from one catalogue.

A sentence travels as a :class:`Message`, a key with its fields, and becomes text only where
somebody reads it, so that one stored reason or fault can be shown in either language. The
catalogue is the `*.toml` files beside this module; a key is `file.name`, and each entry holds
`zh` and `en` with the same `{fields}`. `tests/architecture` keeps both sides complete.
"""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal, Self, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """
    Read the whole catalogue once.

    Returns
    -------
    catalogue
        `file.name` to `{"zh": …, "en": …}`, in the order of the files.
    """
    entries: dict[str, Mapping[str, str]] = {}
    for file in sorted(files(__package__).iterdir(), key=lambda item: item.name):
        if file.name.endswith(".toml"):
            chapter = file.name.removesuffix(".toml")
            for name, texts in tomllib.loads(file.read_text("utf-8")).items():
                entries[f"{chapter}.{name}"] = texts
    return entries


def chosen_language(asked: str | None = None) -> Language:
    """
    Choose the language to answer in: the one asked for, else the environment's, else English.

    Parameters
    ----------
    asked
        What the user said, for example on the command line; only its first two letters count.

    Returns
    -------
    language
        One of `LANGUAGES`.
    """
    for wish in (asked, *(os.environ.get(name) for name in ("GRIDMAP_LANG", "LC_ALL", "LANG"))):
        for language in LANGUAGES:
            if (wish or "").lower().startswith(language):
                return language
    return "en"


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence of the catalogue with its fields filled in, in no language yet."""

    key: str
    fields: Mapping[str, str | int | float | Message] = field(default_factory=dict)

    def text(self, language: Language) -> str:
        """Say it in `language`; a field that is itself a message is said in it too."""
        spoken = {
            name: value.text(language) if isinstance(value, Message) else value
            for name, value in self.fields.items()
        }
        return catalogue()[self.key][language].format(**spoken)

    def to_json(self) -> str:
        """Write the message as one line of JSON, for a file or a table."""
        return json.dumps(self._plain(), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Read what :meth:`to_json` wrote."""
        return cls._from_plain(json.loads(line))

    def _plain(self) -> dict[str, object]:
        fields = {
            name: value._plain() if isinstance(value, Message) else value  # noqa: SLF001
            for name, value in self.fields.items()
        }
        return {"key": self.key, **({"fields": fields} if fields else {})}

    @classmethod
    def _from_plain(cls, plain: Mapping[str, object]) -> Self:
        fields = plain.get("fields", {})
        assert isinstance(fields, dict)  # noqa: S101 (the file is ours; mypy needs to know)
        read = {
            name: cls._from_plain(value) if isinstance(value, dict) else value
            for name, value in fields.items()
        }
        return cls(str(plain["key"]), read)
