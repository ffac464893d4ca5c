"""The report of a run: one HTML page for people, with every figure's data, pool and number beside it.

Read a run (`history`, `comparison`), measure its vectors (`geometry`, `retrieval`), look at its answers (`cases`,
`relation`, `error_analysis`), draw (`figures`, `drawing`), set the page (`page`); `build` does it all.
"""
