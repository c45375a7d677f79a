"""Faults go home: the user's own sheets with what is wrong beside each row."""
