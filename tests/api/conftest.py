"""What the tests of the service share: one service with a database of its own."""

import pytest
from sqlalchemy import Engine

from tests.api.service import Service


@pytest.fixture
def service(engine: Engine) -> Service:
    return Service(engine)
