"""What the tests of the store share: the drawn world, imported once where nobody edits it."""

import pytest
from sqlalchemy.orm import Session

from gridmap.layers.ledger import Ledger
from gridmap.plan.model import Draft
from gridmap.schema import Layers
from gridmap.store.imports import import_layers
from gridmap.store.plans import add_draft
from tests.store.world import draw_draft, draw_world


@pytest.fixture(scope="session")
def world() -> tuple[Layers, Ledger]:
    return draw_world()


@pytest.fixture(scope="session")
def draft(world: tuple[Layers, Ledger]) -> Draft:
    return draw_draft(*world)


@pytest.fixture
def dataset(session: Session, world: tuple[Layers, Ledger]) -> int:
    """Import the world into a session that is rolled back."""
    return import_layers(session, *world, source="a drawing")


@pytest.fixture
def version(session: Session, dataset: int, draft: Draft) -> int:
    """Plan the imported world."""
    return add_draft(session, dataset, draft)
