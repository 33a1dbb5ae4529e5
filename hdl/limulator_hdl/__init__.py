"""Gateware of the Limulator: an array of learning-in-memory cells, in Amaranth."""
