"""A generated sample town, and the generator that made it."""

from gis_data.town import SMALL_BUILDINGS, SMALL_SEED, SMALL_TOWN, TownFacts, write_town

__all__ = ["SMALL_BUILDINGS", "SMALL_SEED", "SMALL_TOWN", "TownFacts", "write_town"]
