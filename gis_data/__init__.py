"""A generated sample town, and the generator that made it."""

from gis_data.town import TownFacts, write_town

__all__ = ["TownFacts", "write_town"]
