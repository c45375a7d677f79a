"""What may be wrong with a field of a request, in our words; what was sent is never repeated."""

from collections.abc import Mapping
from typing import Any, Final

from gridmap.messages import Message

LIMITS: Final[Mapping[str, tuple[str, str]]] = {
    "string_too_short": ("field_short", "min_length"),
    "string_too_long": ("field_long", "max_length"),
    "too_short": ("field_few", "min_length"),
    "too_long": ("field_many", "max_length"),
    "greater_than_equal": ("field_small", "ge"),
    "less_than_equal": ("field_large", "le"),
    "literal_error": ("field_choice", "expected"),
    "union_tag_invalid": ("field_choice", "expected_tags"),
}
"""Kinds of pydantic's that say a limit: the sentence, and where pydantic keeps the limit."""

KINDS: Final[Mapping[str, str]] = {
    "missing": "field_missing",
    "union_tag_not_found": "field_missing",
    "extra_forbidden": "field_unknown",
    "string_pattern_mismatch": "field_characters",
    "string_unicode": "field_characters",
    "json_invalid": "field_json",
    "finite_number": "field_number",
    "timezone_aware": "field_time",
}

FAMILIES: Final[Mapping[str, str]] = {
    "int": "field_whole_number",
    "float": "field_number",
    "bool": "field_truth",
    "string": "field_text",
    "list": "field_list",
    "dict": "field_object",
    "model": "field_object",
    "datetime": "field_time",
}
"""What a field has to be, by how the names of its kinds begin."""


def describe_flaw(kind: str, context: Mapping[str, Any]) -> Message:
    """Say what is wrong with a field, by pydantic's name for it and the limits it knows."""
    if kind in LIMITS:
        name, limit = LIMITS[kind]
        return Message(f"api.{name}", {"limit": str(context.get(limit, "")).replace("'", "")})
    known = KINDS.get(kind) or FAMILIES.get(kind.partition("_")[0])
    return Message(f"api.{known}") if known else Message("api.field_unusable", {"rule": kind})
