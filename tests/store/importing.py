"""A process that imports the drawn world and says at every step where it is, to be killed."""

from multiprocessing.connection import Connection

from gridmap.layers.decisions import Decision
from gridmap.store.decisions import add_decisions
from gridmap.store.imports import import_layers
from gridmap.store.session import open_engine, sessions
from tests.store.world import draw_world


def import_world(url: str, source: str, steps: Connection) -> None:
    """Import, and send a word before, after every chunk, before and after the commit."""
    engine = open_engine(url)
    world = draw_world()
    steps.send("begins")
    with sessions(engine).begin() as session:
        add_decisions(session, (Decision("waive", source, reason="空户", by="李"),))
        import_layers(session, *world, source=source, progress=lambda table, *_: steps.send(table))
        steps.send("written")
    steps.send("committed")
    engine.dispose()
