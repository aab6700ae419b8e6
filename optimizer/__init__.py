"""Queue policy optimizer: people, shifts, windows and diversion thresholds at the least cost, with a proven gap."""

__version__ = "0.1.0"
