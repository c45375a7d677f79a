"""What answers are made of, by the names that are registered for it."""

from typing import Final

GEOJSON: Final = "application/geo+json"
JSON: Final = "application/json"
TILE: Final = "application/vnd.mapbox-vector-tile"
