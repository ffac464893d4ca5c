"""The tables and figures of Song et al. (arXiv 2410.23715), one command each, the published figures beside ours."""
