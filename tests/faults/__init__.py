"""Foyer on real parts that are killed, frozen and started again while people use it."""
