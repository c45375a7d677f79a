"""Putting a plan in force on the command line."""

import hashlib
import json
import zipfile

from tests.cli.command import Command


def planned(stored: Command) -> None:
    """Import a small town and plan it."""
    assert stored("sample", "--buildings", "150", "--seed", "3", "--out", "town").code == 0
    assert stored("import", "town").code == 0
    assert stored("plan", "--all").code == 0


def test_a_plan_is_published_once_everybody_is_answered_for(stored: Command) -> None:
    planned(stored)
    audited = json.loads(stored("audit", "--json").out)
    assert "certificate_holds" not in audited
    shut = stored("publish", "--by", "li")
    assert shut.code == 1
    assert "has no worker, and nobody has signed for it" in shut.out + shut.err
    assert "--accept CODE=WHY" in shut.out + shut.err
    done = stored("publish", "--by", "li", "--accept", "all=recruiting", "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert told["published"] is True
    assert {step["way"] for step in told["certificate"]["steps"]} == {"command"}
    assert told["certificate"]["balance"]["placed"] == audited["ledger"]["placed"]
    again = json.loads(stored("audit", "--json").out)
    assert again["certificate_holds"] is True
    twice = stored("publish", "--by", "li")
    assert twice.code == 1
    assert "Traceback" not in twice.err


def test_what_cannot_be_read_is_said_before_anything_is_done(stored: Command) -> None:
    for words in (("--accept", "nonsense"), ("--from-day", "tomorrow")):
        refused = stored("publish", *words)
        assert refused.code == 2
        assert words[1] in refused.err


def test_a_plan_that_is_not_there_is_not_published(stored: Command) -> None:
    refused = stored("publish", "--plan", "99")
    assert refused.code == 2
    assert "99" in refused.err


def test_a_published_plan_is_filed_whole_or_not_at_all(stored: Command) -> None:
    planned(stored)
    early = stored("pack", "--out", "pack.zip")
    assert early.code == 2
    assert "not published" in early.err
    assert stored("publish", "--by", "li", "--accept", "all=recruiting").code == 0
    (stored.folder / "empty").mkdir()
    bare = stored("pack", "--out", "pack.zip", "--fonts", "empty")
    assert bare.code == 2
    assert bare.err.count("fonts-noto-cjk") == 1
    nowhere = stored("pack", "--out", "nowhere/pack.zip")
    assert nowhere.code == 2
    assert list(stored.folder.glob("*.zip*")) == list(stored.folder.glob(".*.part")) == []
    for name in ("pack.zip", "again.zip"):
        done = stored("pack", "--out", name, "--language", "zh")
        assert done.code == 0, done
    pack = (stored.folder / "pack.zip").read_bytes()
    assert hashlib.sha256(pack).hexdigest() in done.out + done.err
    assert (stored.folder / "again.zip").read_bytes() == pack
    with zipfile.ZipFile(stored.folder / "pack.zip") as archive:
        assert json.loads(archive.read("manifest.json"))["language"] == "zh"
    assert stored("pack", "--out", "other.zip", "--language", "fr").code == 2
