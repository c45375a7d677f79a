"""The filing pack over HTTP."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from tests.api.service import Service
from tests.api.test_comparisons import publish
from tests.api.test_drafts import Desk, desk
from tests.api.test_publications import VERSIONS
from tests.store.world import A

__all__ = ["desk"]


@pytest.fixture
def version(desk: Desk, service: Service) -> int:
    """Make a version of the plan as it is; it is not published yet."""
    for name in ("zhao", "qian"):
        service.add(name, "approver", [A])
    made = desk.li.post(f"{desk.begin()}/versions", json={"seen": 0}).json()["version"]
    return int(made)


def test_a_published_version_is_filed_as_one_archive(
    desk: Desk, service: Service, version: int
) -> None:
    place = f"{VERSIONS}/{version}/pack"
    early = desk.li.get(place)
    assert early.status_code == 404
    assert "not published" in early.json()["detail"]
    publish(desk, service, version, "2026-03-01T00:00:00+00:00")
    chinese = desk.li.get(place, params={"language": "zh"})
    assert chinese.status_code == 200, chinese.text
    assert chinese.headers["content-type"] == "application/zip"
    assert f'filename="gridmap-{version}-zh.zip"' in chinese.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(chinese.content)) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
    certificate = desk.li.get(f"{VERSIONS}/{version}/certificate").json()
    assert manifest["certificate_sha256"] == certificate["sha256"]
    service.add("chief", "approver", [A])
    assert service.browser("chief").get(place, params={"language": "zh"}).content == chinese.content


def test_a_pack_that_is_known_is_not_sent_again(desk: Desk, service: Service, version: int) -> None:
    publish(desk, service, version, "2026-03-01T00:00:00+00:00")
    place = f"{VERSIONS}/{version}/pack"
    first = desk.li.get(place, headers={"Accept-Language": "en"})
    assert first.headers["content-language"] == "en"
    known = {"Accept-Language": "en", "If-None-Match": first.headers["etag"]}
    again = desk.li.get(place, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    known["Accept-Language"] = "zh"
    assert desk.li.get(place, headers=known).status_code == 200


def test_a_pack_is_of_a_community_of_ones_own(desk: Desk, service: Service, version: int) -> None:
    publish(desk, service, version, "2026-03-01T00:00:00+00:00")
    service.add("everybody", "approver", None)
    elsewhere = f"/communities/440305001009/versions/{version}/pack"
    assert service.browser("everybody").get(elsewhere).status_code == 404
    assert desk.li.get(elsewhere).status_code == 403
