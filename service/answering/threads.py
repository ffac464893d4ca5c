"""How many cores one search takes."""

import faiss
import torch


def use_threads(count: int) -> None:
    """Let the calling thread compute with so many threads of PyTorch and of FAISS, which each have their own.

    Where both may take all cores, the threads of one wait for work, awake, while those of the other compute, and a lone
    query takes half as long again.
    """
    torch.set_num_threads(count)
    faiss.omp_set_num_threads(count)
