"""Addresses: written alike, read into their parts, and found on the map."""

from gridmap.layers.address.normal import normal_addresses
from gridmap.layers.address.parse import ParsedAddress, parse_address, parse_addresses

__all__ = ["ParsedAddress", "normal_addresses", "parse_address", "parse_addresses"]
