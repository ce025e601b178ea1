"""What Octavo costs, measured: `python -m bench` writes the table and plots of docs/performance.md.

Every figure is a ratio taken in one run, against pgbench with the same SQL (the database's own limit) or
against `bench.bare`, the same framework, server and driver with the one statement and nothing else.
"""
