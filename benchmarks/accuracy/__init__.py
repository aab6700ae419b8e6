"""How far every approximation of ``optimizer.queues`` is off, from exact chains or simulation.

``python -m benchmarks.accuracy`` prints all tables in Markdown, ``--table NAME`` one of them. Truth is an exact chain
wherever there is one, solved by functions of the room that are tested by themselves, or written out here; else a seeded
simulation, with the half width of its 99 % confidence interval. docs/queues.md holds the output.
"""
