"""Every error survives the trip home from another process and speaks both languages."""

import pickle
import re

import pytest

from gridmap import errors
from gridmap.errors import GridmapError, InputError
from gridmap.messages import LANGUAGES, Message
from gridmap.schema import Fault

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def family(parent: type[GridmapError]) -> list[type[GridmapError]]:
    """List an error and all that descend from it."""
    return [parent, *(kin for child in parent.__subclasses__() for kin in family(child))]


def example(error: type[GridmapError]) -> GridmapError:
    if issubclass(error, InputError):
        fault = Fault("buildings", 3, "missing_column", "refused", {"columns": "floors"})
        return error(fault, fault)
    return error(Message("crs.not_metric", {"crs": "EPSG:4490"}))


FAMILY = pytest.mark.parametrize("error", family(GridmapError))


@FAMILY
def test_an_error_unpickles_to_itself(error: type[GridmapError]) -> None:
    before = example(error)
    after = pickle.loads(pickle.dumps(before))  # noqa: S301 (our own bytes)
    assert type(after) is error
    assert after.args == before.args
    assert vars(after) == vars(before)
    assert str(after) == str(before)


@FAMILY
def test_an_error_says_a_sentence_in_both_languages(error: type[GridmapError]) -> None:
    spoken = {language: "\n".join(example(error).sentences(language)) for language in LANGUAGES}
    assert CHINESE.search(spoken["zh"])
    assert not CHINESE.search(spoken["en"])
    assert str(example(error)) == spoken["en"]


@FAMILY
def test_an_error_stands_in_the_tree_at_the_top_of_its_module(error: type[GridmapError]) -> None:
    assert error.__module__ == errors.__name__
    assert re.search(rf"\b{error.__name__}\b", errors.__doc__ or "")


@FAMILY
def test_an_error_has_an_exit_code_for_no_or_for_wrong(error: type[GridmapError]) -> None:
    assert error.exit_code in {1, 2}
