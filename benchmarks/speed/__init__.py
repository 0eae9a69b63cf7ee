"""What a call costs, beside other clients: one process, one nginx on loopback, paired ratios.

From the root of the repository:

    python -m benchmarks.speed [--quick] [--check] [--json FILE] [--niquests PYTHON] [--profile]
"""
