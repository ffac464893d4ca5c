"""What the commands raise for their user: a sentence, and no fault of the program."""

from __future__ import annotations

from model import CheckpointError
from model.inputs.opsin import OpsinError
from model.published.download import DownloadError
from model.published.obo import OboError
from training.config import ConfigError
from training.evaluation import EvaluationError
from training.inputs.mol2vec import Mol2vecError
from training.loop.distributed import LostRankError
from training.loop.trainer import DivergedRunError, InterruptedRunError
from training.naming.common_names import CommonNamesError
from training.pairs.tables import PairFileError
from training.report.errors import ReportError

EXPECTED = (
    CheckpointError,
    CommonNamesError,
    ConfigError,
    DivergedRunError,
    DownloadError,
    EvaluationError,
    InterruptedRunError,
    LostRankError,
    Mol2vecError,
    OboError,
    OpsinError,
    PairFileError,
    ReportError,
)
