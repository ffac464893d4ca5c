"""RDKit's work for a service, kept out of its process: structures, patterns, substructures, drawings."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from threading import Lock
from typing import NoReturn

from indexer.chemistry.chemist import Chemist, DrawnStructure, ReadStructure, Want
from indexer.chemistry.drawing import DrawingError
from indexer.chemistry.name_reader import NamedStructure, NameReader
from indexer.chemistry.pool import NoWorkers, WorkerLateError, WorkerLostError, WorkerPool
from indexer.policy import Standardization
from indexer.search.substructure import MatchTime, MatchTimeoutError, Pattern, PatternError
from model.inputs.structure import StructureError, StructureLimits
from model.network.encoder import MoleculeFeaturizer

# Molecules in one call to a worker, some 20 ms: searches that match at the same time take turns after so many. Each has
# as many calls at once as there are workers.
_MATCHED_AT_ONCE = 256
# Structures as long as most that are searched for take milliseconds to read; longer ones up to a fifth of a second.
_SHORT_CHARACTERS = 200
_WARM_SMILES = "OC(=O)c1ccccc1"


class _Readers:
    """Workers that read structures, and beside several of them one for short ones, which need not wait for long ones.

    Short ones go to whichever has fewer waiting, so that all workers are busy when there are many.
    """

    def __init__(self, make: Callable[[int], WorkerPool | NoWorkers], workers: int) -> None:
        self._any = make(workers)
        self._pools = [self._any, make(1)] if workers > 1 else [self._any]

    @property
    def replaced(self) -> int:
        return sum(pool.replaced for pool in self._pools)

    def for_text(self, text: str) -> WorkerPool | NoWorkers:
        return self._any if len(text) > _SHORT_CHARACTERS else min(self._pools, key=lambda pool: pool.queue)

    def start(self) -> None:
        for pool in self._pools:
            pool.start()

    def close(self, *, kill: bool = False, cancel: bool = True) -> None:
        for pool in self._pools:
            pool.close(kill=kill, cancel=cancel)


class Chemistry:
    """Workers that read queries, quickly, and others that match and draw, which may take their time.

    Each call gives a future; on the event loop use `await asyncio.wrap_future(...)`. A future that is cancelled, or
    whose `expires` (of `time.monotonic()`) passes before a worker is free, costs nothing: the latter raises
    `CallExpiredError`. What crashes, hangs or exhausts its worker is an error of that one call, as documented there.
    """

    def __init__(
        self,
        limits: StructureLimits,
        featurizers: Mapping[str, MoleculeFeaturizer],
        *,
        workers: int = 2,
        read_seconds: float = 2.0,
        draw_seconds: float = 3.0,
        memory_mib: int = 512,
        names: NameReader | None = None,
    ) -> None:
        """featurizers: by the digest of their checkpoint; empty where nobody wants features. workers: of each kind; 0:
        the calling process does it all, for programs that trust what they ask. memory_mib: what each may have beyond
        its libraries. names: reads systematic names, where they are to be read.
        """
        self._limits = limits
        self._names = names
        self._workers = workers
        self._memory_mib = memory_mib
        self._lock = Lock()
        self._replaced_before = 0  # in pools that have been exchanged
        self._readers = self._reading(featurizers)
        self._matchers = self._pool(Chemist(limits, {}), workers)
        self._read_seconds = read_seconds
        self._draw_seconds = draw_seconds

    @property
    def replaced(self) -> int:
        """Workers that died, were late or ran out of memory, and were replaced."""
        names = self._names.replaced if self._names is not None else 0
        return self._replaced_before + self._readers.replaced + self._matchers.replaced + names

    @property
    def reads_names_by(self) -> str | None:
        """The program that reads systematic names, and its version; None where none are read."""
        return self._names.program if self._names is not None else None

    def start(self) -> None:
        """Start the workers and use each pool once. Raises WorkerStartError."""
        if self._names is not None:
            self._names.start()
        self._readers.start()
        self._matchers.start()
        self.read(_WARM_SMILES).result()
        self.draw(_WARM_SMILES, 100, 100).result()

    def exchange_featurizers(self, featurizers: Mapping[str, MoleculeFeaturizer]) -> None:
        """Read with these from now on. Calls made before end in the old workers. Blocks until the new ones are ready.

        Raises WorkerStartError; then all is as it was.
        """
        readers = self._reading(featurizers)
        try:
            readers.start()
        except BaseException:
            readers.close(kill=True)
            raise
        with self._lock:
            old, self._readers = self._readers, readers
        old.close(cancel=False)
        self._replaced_before += old.replaced

    def _reading(self, featurizers: Mapping[str, MoleculeFeaturizer]) -> _Readers:
        chemist = Chemist(self._limits, featurizers)
        return _Readers(lambda workers: self._pool(chemist, workers), self._workers)

    def _pool(self, chemist: Chemist, workers: int) -> WorkerPool | NoWorkers:
        return WorkerPool(chemist, workers, memory_mib=self._memory_mib) if workers else NoWorkers(chemist)

    def read(
        self,
        text: str,
        policy: Standardization = "none",
        want: Want = Want.FINGERPRINT,
        model: str = "",
        expires: float | None = None,
    ) -> "Future[ReadStructure]":
        """Read a SMILES, InChI or molblock, standardise it, and compute what is wanted of it.

        Features are those of the checkpoint with the digest `model`.

        The future raises StructureError, with code `too_complex` where the worker was lost.
        """
        with self._lock:
            return self._readers.for_text(text).submit(
                "read",
                text,
                policy,
                want,
                model,
                seconds=self._read_seconds,
                expires=expires,
                otherwise=_structure_too_complex,
            )

    def read_name(self, name: str) -> NamedStructure:
        """What a systematic name describes, if it can be read. Blocks for a millisecond or two.

        Components that no salt is made of were not meant: OPSIN puts two of phosphoric acid beside the fructose of
        "fructose bisphosphate".
        """
        named = self._names.read(name) if self._names is not None else NamedStructure("")
        return named if "." not in named.smiles or self._is_a_salt(named.smiles) else NamedStructure("")

    def _is_a_salt(self, smiles: str) -> bool:
        with self._lock:
            asked = self._readers.for_text(smiles).submit("is_a_salt", smiles, seconds=self._read_seconds)
        try:
            return bool(asked.result())
        except Exception:  # RDKit raises many kinds of errors, and so does a lost worker: it is nothing to go by
            return False

    def pattern(self, smarts: str, expires: float | None = None) -> "Future[Pattern]":
        """Read a SMARTS. The future raises PatternError, with code `too_complex` where the worker was lost."""
        with self._lock:
            return self._readers.for_text(smarts).submit(
                "pattern", smarts, seconds=self._read_seconds, expires=expires, otherwise=_pattern_too_complex
            )

    def read_drawn(self, text: str, expires: float | None = None) -> "Future[DrawnStructure]":
        """Read a structure as one and as a substructure to look for. The future raises StructureError, as `read`."""
        with self._lock:
            return self._readers.for_text(text).submit(
                "read_drawn", text, seconds=self._read_seconds, expires=expires, otherwise=_structure_too_complex
            )

    def match(
        self, smiles: Sequence[str], has: Sequence[Pattern], lacks: Sequence[Pattern], time: MatchTime
    ) -> list[bool]:
        """See `Matcher.match`; raises `CallExpiredError`, too. Blocks until it is known."""
        found: list[bool] = []
        patterns = [[*dict.fromkeys(pattern.smarts for pattern in some)] for some in (has, lacks)]
        waiting: deque[Future[tuple[list[bool], float]]] = deque()

        def take() -> None:
            marks, seconds = waiting.popleft().result()
            time.seconds -= seconds
            found.extend(marks)

        try:
            for start in range(0, len(smiles), _MATCHED_AT_ONCE):
                if len(waiting) == max(1, self._workers):
                    take()
                if time.seconds <= 0:
                    raise MatchTimeoutError("matching substructures took too long")
                part = list(smiles[start : start + _MATCHED_AT_ONCE])
                call = self._matchers.submit(
                    "match", part, *patterns, seconds=time.seconds, expires=time.expires, otherwise=_match_lost
                )
                waiting.append(call)
            while waiting:
                take()
        finally:
            for call in waiting:
                call.cancel()
        return found

    def draw(
        self,
        smiles: str,
        width: int,
        height: int,
        marked: Sequence[str] = (),
        others: Sequence[str] = (),
        expires: float | None = None,
    ) -> "Future[str]":
        """Draw a structure as SVG, see `draw_svg`. The future raises DrawingError."""
        return self._matchers.submit(
            "draw",
            smiles,
            width,
            height,
            list(marked),
            list(others),
            seconds=self._draw_seconds,
            expires=expires,
            otherwise=_not_drawn,
        )

    def molblocks(self, smiles: Sequence[str], expires: float | None = None) -> "Future[list[str | None]]":
        """Molblocks with 2-D coordinates, see `drawing.molblock`; None for what cannot be laid out.

        They have the time of one drawing together. The future raises DrawingError where the worker was lost.
        """
        return self._matchers.submit(
            "molblocks", list(smiles), seconds=self._draw_seconds, expires=expires, otherwise=_not_drawn
        )

    def close(self) -> None:
        """Kill the workers, whatever they are doing."""
        self._readers.close(kill=True)
        self._matchers.close(kill=True)
        if self._names is not None:
            self._names.close()


def _structure_too_complex(error: WorkerLostError) -> NoReturn:
    raise StructureError("too_complex", f"The structure is too complex to be read ({error}).") from error


def _pattern_too_complex(error: WorkerLostError) -> NoReturn:
    raise PatternError("too_complex", f"The SMARTS is too complex to be read ({error}).") from error


def _match_lost(error: WorkerLostError) -> NoReturn:
    if isinstance(error, WorkerLateError):
        raise MatchTimeoutError("matching substructures took too long") from error
    raise PatternError("too_complex", f"The substructures are too complex to be matched ({error}).") from error


def _not_drawn(error: WorkerLostError) -> NoReturn:
    raise DrawingError(f"The structure is too complex to be drawn ({error}).") from error
