"""What clients do when hosts misbehave: nine scenarios on real servers, each with a goal.

From the root of the repository:

    python -m benchmarks.scenarios [names or numbers] [--seconds N] [--quick] [--without-peers]
"""
