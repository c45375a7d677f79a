"""What was confirmed about columns is written down without touching what stands there."""

import tomllib

import pandas as pd

from gridmap.layers.mapping import LayerMapping
from gridmap.layers.opened import OpenedLayer
from gridmap.layers.remembered import (
    header_fingerprint,
    mapping_from_json,
    mapping_to_json,
    recall,
    write_columns,
)


def test_a_header_keeps_its_fingerprint_in_any_order_and_loses_it_with_a_name() -> None:
    assert header_fingerprint(["户号", "地址"]) == header_fingerprint(["地址", " 户号 "])
    assert header_fingerprint(["户号", "地址"]) != header_fingerprint(["户号", "住址"])


def test_a_mapping_comes_back_from_json_as_it_was() -> None:
    mapping = LayerMapping(columns={"class": "dldj"}, words={"class": {"1": "primary"}})
    assert mapping_from_json(mapping_to_json(mapping)) == mapping


def test_comments_and_settings_of_a_mapping_file_stay() -> None:
    old = '# ours\ncrs = "EPSG:4549"\n\n[buildings]  # houses\nhouseholds = "hs" # units\n'
    new = write_columns(old, {"buildings": {"building_id": "楼"}, "households": {"persons": ""}})
    assert all(line in new for line in old.splitlines())
    assert tomllib.loads(new) == {
        "crs": "EPSG:4549",
        "buildings": {"households": "hs", "building_id": "楼"},
        "households": {"persons": ""},
    }


def test_writing_the_same_twice_changes_nothing() -> None:
    told = {"roads": {"class": "dldj"}, "communities": {"community_code": "区划"}}
    once = write_columns("", told)
    assert write_columns(once, told) == once
    assert tomllib.loads(once)["communities"] == {"code": "区划"}


def test_a_column_with_words_keeps_them() -> None:
    new = write_columns('[roads.class]\ncolumn = "a"\n1 = "primary"\n', {"roads": {"class": "b"}})
    assert tomllib.loads(new) == {"roads": {"class": {"column": "b", "1": "primary"}}}


def test_what_was_confirmed_for_a_header_is_found_again_below_what_is_declared() -> None:
    frame = pd.DataFrame(columns=["甲", "乙"])
    kept = {
        ("households", header_fingerprint(["乙", "甲"])): {
            "columns": {"address": "甲", "persons": "乙"}
        }
    }
    opened = OpenedLayer("households", "a.csv", frame, LayerMapping(columns={"persons": ""}))
    mapping = recall(opened, kept).mapping
    assert mapping.columns == {"address": "甲", "persons": ""}
    assert mapping.recalled == {"address"}
    assert recall(OpenedLayer("buildings", "a.csv", frame), kept).mapping == LayerMapping()
