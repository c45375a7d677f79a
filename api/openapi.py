"""Writes the OpenAPI document: `python -m api.openapi [FILE]`; no database is needed."""

import json
import sys
from pathlib import Path

from sqlalchemy.orm import sessionmaker

from api.main import create_app
from api.settings import Settings


def write_document(out: Path | None) -> None:
    """Write the document to a file, or to standard output."""
    document = create_app(sessionmaker(), Settings()).openapi()
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, "utf-8")


if __name__ == "__main__":
    write_document(Path(sys.argv[1]) if sys.argv[1:] else None)
