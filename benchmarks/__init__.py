"""Side-by-side measurements: ours, the obvious alternative and the limit in one run. `python -m benchmarks.NAME`.

Every script prints the machine, then tables of ratios. docs/performance.md quotes them.
"""
