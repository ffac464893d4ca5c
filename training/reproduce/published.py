"""What the paper reports (Song et al., arXiv 2410.23715): Tables I, II and III. Figures are read from the tables alone.

Shares are from 0 to 1. `mol2text_all`: the paper searches all instances in both directions.
"""

from __future__ import annotations

from collections.abc import Mapping

from training.evaluation.text_pool import Ranking

Published = Mapping[Ranking, tuple[float, float, float, float]]
"""Hits@1, Hits@10, MRR and mean rank, as `training.runs.comparison.FIGURES` has them."""

TABLE_1: Mapping[str, Published] = {
    "MLP-Ensemble": {"text2mol": (0.294, 0.776, 0.452, 20.78)},
    "GCN-Ensemble": {"text2mol": (0.294, 0.771, 0.447, 28.77)},
    "All-Ensemble": {"text2mol": (0.344, 0.811, 0.499, 20.21), "mol2text_all": (0.252, 0.741, 0.408, 21.77)},
    "MLP+Atten": {"text2mol": (0.228, 0.687, 0.375, 30.37)},
    "MLP+FPG": {"text2mol": (0.226, 0.686, 0.374, 30.37)},
    "Atomas-base": {"text2mol": (0.501, 0.921, 0.653, 14.49), "mol2text_all": (0.456, 0.903, 0.614, 15.12)},
    "aman": {"text2mol": (0.494, 0.921, 0.647, 16.01), "mol2text_all": (0.466, 0.916, 0.625, 16.50)},
    "aman_gcn": {"text2mol": (0.490, 0.902, 0.640, 18.21), "mol2text_all": (0.451, 0.901, 0.605, 17.55)},
    "paper": {"text2mol": (0.565, 0.941, 0.702, 12.66), "mol2text_all": (0.523, 0.933, 0.673, 12.29)},
}

TABLE_2: Mapping[str, Published] = {
    "paper": TABLE_1["paper"],
    "ablation_2": {"text2mol": (0.546, 0.937, 0.688, 14.86), "mol2text_all": (0.514, 0.929, 0.665, 14.62)},
    "ablation_3": {"text2mol": (0.538, 0.930, 0.681, 15.36), "mol2text_all": (0.505, 0.928, 0.656, 13.62)},
    "ablation_4": {"text2mol": (0.528, 0.930, 0.671, 17.62), "mol2text_all": (0.490, 0.919, 0.643, 16.19)},
    "ablation_5": {"text2mol": (0.506, 0.924, 0.655, 19.29), "mol2text_all": (0.476, 0.918, 0.632, 17.60)},
    "ablation_6": {"text2mol": (0.487, 0.902, 0.637, 21.77), "mol2text_all": (0.456, 0.904, 0.617, 20.01)},
}

TABLE_3: Mapping[str, Mapping[str, tuple[float, float, float, float]]] = {
    "Sci-BERT": {"mol2text": (0.5038, 0.6211, 0.6257, 0.6067), "text2mol": (0.5012, 0.6802, 0.6175, 0.6077)},
    "KV-PLM*": {"mol2text": (0.5592, 0.6859, 0.7792, 0.7593), "text2mol": (0.5561, 0.7477, 0.7703, 0.7547)},
    "MoMu-K": {"mol2text": (0.5780, 0.8152, 0.8332, 0.8282), "text2mol": (0.5480, 0.7978, 0.8341, 0.8269)},
    "Ours": {"mol2text": (0.6409, 0.8255, 0.8860, 0.8762), "text2mol": (0.6338, 0.7391, 0.8773, 0.8827)},
}
"""By system and direction: sentence-level Acc and Rec@20, paragraph-level Acc and Rec@20."""

AMAN_GCN_MEAN_DIFFERENCE, PAPER_MEAN_DIFFERENCE = 0.091, 0.051
"""§III-G: mean absolute difference of text–text and molecule–molecule cosines."""
