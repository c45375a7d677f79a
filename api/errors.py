"""Errors know the domain; here they become HTTP: problem details of RFC 9457, in two languages."""

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from api.flaws import describe_flaw
from gridmap import errors
from gridmap.errors import GridmapError, InputError
from gridmap.messages import LANGUAGES, Language, Message, chosen_language

MEDIA_TYPE: Final = "application/problem+json"

STATUS: Final[Mapping[type[GridmapError], HTTPStatus]] = {
    errors.GridmapError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.InputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.CrsError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.MissingColumnError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RefusedError: HTTPStatus.CONFLICT,
    errors.CodesExhaustedError: HTTPStatus.CONFLICT,
    errors.NotSignedInError: HTTPStatus.UNAUTHORIZED,
    errors.NotAllowedError: HTTPStatus.FORBIDDEN,
    errors.UnreadableError: HTTPStatus.BAD_REQUEST,
    errors.ThrottledError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.TakenError: HTTPStatus.CONFLICT,
    errors.StoreError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.MissingError: HTTPStatus.NOT_FOUND,
    errors.StaleDraftError: HTTPStatus.CONFLICT,
    errors.GateError: HTTPStatus.CONFLICT,
    errors.UnreachableError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.FontError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.ClusterError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Every error of the library and its status; a test proves that none is left out."""

KINDS: Final[Mapping[int, str]] = {
    400: "unreadable",
    401: "not_signed_in",
    403: "not_allowed",
    404: "missing",
    405: "no_method",
    409: "refused",
    413: "too_large",
    422: "unusable",
    429: "throttled",
    500: "own_fault",
    503: "unavailable",
}
"""What a status is called in `type`, and in the catalogue."""


MANY: Final = (InputError, errors.GateError)
"""Errors that say everything that is wrong at once."""


class Flaw(BaseModel):
    """One thing that is wrong with a request."""

    detail: str
    pointer: str = ""  # where, from `body`, `query` or `path` down


class Problem(BaseModel):
    """Why a request was not answered as asked (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:gridmap:problem:not_allowed",
                    "title": "Not allowed",
                    "status": 403,
                    "detail": "Your role may not do this.",
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    errors: list[Flaw] = []


def spoken_language(request: Request) -> Language:
    """Choose the language a client asks for first, of those that are spoken here."""
    wishes: list[tuple[float, int, Language]] = []
    for place, part in enumerate(request.headers.get("accept-language", "").lower().split(",")):
        tag, _, weight = part.strip().partition(";q=")
        wishes += [
            (-_weight(weight), place, language)
            for language in LANGUAGES
            if tag.split("-")[0] == language
        ]
    return min(wishes)[2] if wishes else chosen_language()


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0


def problem(
    request: Request, status: int, sentences: Sequence[str], flaws: Sequence[Flaw] = ()
) -> JSONResponse:
    """Make the answer that says why there is no other."""
    language = spoken_language(request)
    kind = KINDS.get(status, KINDS[400])
    body = Problem(
        type=f"urn:gridmap:problem:{kind}",
        title=Message(f"api.title_{kind}").text(language),
        status=status,
        detail="\n".join(sentences),
        errors=list(flaws),
    )
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="gridmap"'
    content = body.model_dump(exclude_defaults=True)
    return JSONResponse(content, status, headers, MEDIA_TYPE)


def own_fault(request: Request) -> JSONResponse:
    """Answer when something was not foreseen: what it was stays in the log."""
    sentence = Message("api.own_fault").text(spoken_language(request))
    return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, [sentence])


def _on_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, GridmapError)  # noqa: S101 (registered for nothing else)
    sentences = error.sentences(spoken_language(request))
    flaws = [Flaw(detail=sentence) for sentence in sentences if isinstance(error, MANY)]
    answer = problem(request, STATUS[type(error)], sentences, flaws)
    if isinstance(error, errors.ThrottledError):
        answer.headers["Retry-After"] = str(error.message.fields["seconds"])
    return answer


def _on_unusable(request: Request, error: Exception) -> JSONResponse:
    """Say what does not fit, and never repeat it: it may be a password."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 (registered for nothing else)
    language = spoken_language(request)
    flaws = [
        Flaw(
            detail=describe_flaw(str(found["type"]), found.get("ctx", {})).text(language),
            pointer="/".join(map(str, found["loc"])),
        )
        for found in error.errors()
    ]
    sentence = Message("api.unusable").text(language)
    tags = getattr(request.scope.get("route"), "tags", ())
    return problem(request, _unusable(tags), [sentence], flaws)


def _unusable(tags: Collection[object]) -> HTTPStatus:
    """Give the status of what cannot be used: OGC API has its own mind about that."""
    is_ogc = "ogc" in tags
    return HTTPStatus.BAD_REQUEST if is_ogc else HTTPStatus.UNPROCESSABLE_ENTITY


def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 (registered for nothing else)
    kind = KINDS.get(error.status_code, KINDS[400])
    sentence = Message(f"api.title_{kind}").text(spoken_language(request))
    answer = problem(request, error.status_code, [sentence])
    answer.headers.update(error.headers or {})
    return answer


def handle_errors(app: FastAPI) -> None:
    """Let every error end as a problem."""
    app.add_exception_handler(GridmapError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_unusable)
    app.add_exception_handler(HTTPException, _on_http)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Say in the document which problems a route may answer with, beside those of all."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": KINDS[status].replace("_", " ").capitalize(),
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status in statuses
    }


def describe_problems(document: dict[str, Any]) -> dict[str, Any]:
    """Put the problems of every route into the document, in place of FastAPI's own."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    model = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= model.pop("$defs") | {"Problem": model}
    for operations in document["paths"].values():
        for operation in operations.values():
            signed = (401, 403) if operation.get("security") else ()
            read = (400,) if "requestBody" in operation else ()
            answers = operation["responses"]
            answers.pop("422", None)
            unusable = _unusable(operation.get("tags", ()))
            for status, answer in problems(*read, *signed, unusable, 500, 503).items():
                answers.setdefault(str(status), answer)
            operation["responses"] = dict(sorted(answers.items()))
    return document
