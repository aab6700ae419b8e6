"""Queues through a day of changing rates and servers: exact chains, and the classical approximations beside them."""
