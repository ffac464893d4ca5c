"""Chemistry in worker processes that can be killed: whatever RDKit does with a structure or pattern of a user.

`Chemistry` is what a service calls, `WorkerPool` the one mechanism beneath it, which builds use with work of their own.
"""

from typing import TYPE_CHECKING

from model.lazy import lazy_names

if TYPE_CHECKING:
    from indexer.chemistry.chemist import ReadStructure, Want
    from indexer.chemistry.chemistry import Chemistry
    from indexer.chemistry.pool import CallExpiredError, WorkerLostError, WorkerPool, WorkerStartError

# Loaded when first used: a worker process imports this package too, and needs next to nothing of it.
_HOME = {
    "CallExpiredError": "pool",
    "Chemistry": "chemistry",
    "ReadStructure": "chemist",
    "Want": "chemist",
    "WorkerLostError": "pool",
    "WorkerPool": "pool",
    "WorkerStartError": "pool",
}

__all__ = [
    "CallExpiredError",
    "Chemistry",
    "ReadStructure",
    "Want",
    "WorkerLostError",
    "WorkerPool",
    "WorkerStartError",
]

__getattr__ = lazy_names(__name__, _HOME)
