"""Near matches are stored with their import, and read with the household they are offered to."""

from dataclasses import replace

import pandas as pd
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmap.errors import StoreError
from gridmap.store.imports import count_rows, import_changes, import_layers
from gridmap.store.offers import read_offers, write_offers
from tests.store.world import draw_world

OFFERS = pd.DataFrame({"seq": [8, 8], "building_id": ["A2", "A1"], "score": [0.5, 0.8]})


def test_offers_come_best_first_with_the_row_and_address(session: Session, dataset: int) -> None:
    session.execute(text("ALTER TABLE gridmap.offer DISABLE TRIGGER late_insert"))
    write_offers(session, dataset, OFFERS)
    found = read_offers(session, dataset)
    assert found["building_id"].tolist() == ["A1", "A2"]
    assert set(found["household_id"]) == {"H7"}
    assert set(found["address"]) == {"无此路1号"}


def test_nothing_is_offered_after_an_import_is_complete(session: Session, dataset: int) -> None:
    with pytest.raises(StoreError, match="not edited"):
        write_offers(session, dataset, OFFERS)


def test_an_import_without_near_matches_offers_nothing(session: Session, dataset: int) -> None:
    write_offers(session, dataset, OFFERS.iloc[:0])
    assert read_offers(session, dataset).empty


def test_an_import_stores_what_is_offered_to_its_households(session: Session) -> None:
    layers, ledger = draw_world()
    ledger = replace(ledger, offers=OFFERS)
    told: list[tuple[str, int, int]] = []
    dataset = import_layers(
        session, layers, ledger, source="offers", progress=lambda *step: told.append(step)
    )
    written = sum(done for _, done, total in told if done == total)
    assert written == count_rows(layers, ledger)
    assert read_offers(session, dataset)["building_id"].tolist() == ["A1", "A2"]


def test_another_offer_makes_another_version(session: Session) -> None:
    layers, ledger = draw_world()
    first = import_changes(session, layers, ledger, source="one")
    again = import_changes(session, layers, replace(ledger, offers=OFFERS), source="one")
    assert (first.changed, again.changed) == (True, True)
