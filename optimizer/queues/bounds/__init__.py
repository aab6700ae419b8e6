"""Lower bounds of a day for the optimizer: tables by period and decision diagrams."""
