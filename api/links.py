"""Links of the OpenAPI document: what can be done with what an answer made or changed."""

from typing import Any, Final

PLACE: Final = {"community": "$request.path.community"}
MADE_DRAFT: Final = PLACE | {"number": "$response.body#/id"}
SAME_DRAFT: Final = PLACE | {"number": "$request.path.number"}
MADE_VERSION: Final = PLACE | {"number": "$response.body#/version"}
MADE: Final = {"number": "$response.body#/id"}
"""Where the parts of the next address are found."""

LOOK_AT_DRAFT: Final = ("show_draft", "show_features", "list_steps", "compare_draft")
CHANGE_DRAFT: Final = ("take_step", "undo", "redo", "make_version")
ON_THE_WAY: Final = (
    *("look_at_gate", "sign_exception", "submit", "approve", "publish", "file"),
    *("show_certificate", "get_pack", "compare_version"),
)

Links = dict[str, dict[str, Any]]


def links(names: tuple[str, ...], where: dict[str, str], *, seen: str = "") -> Links:
    """Describe what can be done next, by the names of routes; `seen` says what was seen last."""
    body = {"requestBody": {"seen": seen}} if seen else {}
    return {name: {"operationId": name, "parameters": where, **body} for name in names}


def linked(status: int, *next_ones: Links) -> dict[int | str, dict[str, Any]]:
    """Say in the document what can be done next after an answer."""
    return {status: {"links": {name: one for each in next_ones for name, one in each.items()}}}


AFTER_DRAFT: Final = linked(
    201,
    links(LOOK_AT_DRAFT, MADE_DRAFT),
    links(CHANGE_DRAFT, MADE_DRAFT, seen="$response.body#/head"),
)
AFTER_STEP: Final = linked(
    201,
    links(LOOK_AT_DRAFT, SAME_DRAFT),
    links(CHANGE_DRAFT, SAME_DRAFT, seen="$response.body#/number"),
)
AFTER_VERSION: Final = linked(201, links(ON_THE_WAY, MADE_VERSION))
AFTER_TOKEN: Final = linked(201, links(("end_token",), MADE))
AFTER_JOB: Final = linked(202, links(("show_job", "cancel_job"), MADE))
