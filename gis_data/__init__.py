"""A generated sample town, and the generator that made it."""
