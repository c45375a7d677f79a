"""What the service writes down of itself: one JSON line an event, and nobody's household."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final

FIELDS: Final = ("request", "method", "route", "status", "ms", "account", "error", "at")
"""All that an event may say. A route is its pattern, never the address that was asked for."""


class Lines(logging.Formatter):
    """Writes a record as one line of JSON; an exception by its kind, because texts hold data."""

    def format(self, record: logging.LogRecord) -> str:
        """Write what is known, and leave out what is not."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=False, default=str)


def set_up_logging() -> None:
    """Send events to standard error; for a process that does nothing but serve."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("sqlalchemy").setLevel(logging.ERROR)
