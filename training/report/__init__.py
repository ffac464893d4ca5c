"""The report of a run: one HTML page on which every figure states its data, pool and main number.

`history` and `comparison` read a run, `geometry` and `retrieval` measure its vectors, `cases`, `relation` and
`error_analysis` examine its hits, `pictures`, `figures_*` and `drawing` draw, `page` renders; `build` runs them all.
"""
