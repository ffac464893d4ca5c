"""Parsing and featurisation against RDKit alone: python -m benchmarks.featurise [--size 200] [--rounds 3]."""

import argparse
import multiprocessing
import sys
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.synchronize import Barrier
from time import perf_counter

from rdkit import Chem, rdBase
from rdkit.Chem import Fragments, rdFingerprintGenerator, rdMolDescriptors

from benchmarks.inputs import Inputs, parse_all, read_inputs
from benchmarks.machine import describe, restart_with_threads
from benchmarks.table import Cell, Table, show
from benchmarks.timing import Timings, clock_for, interleave, interleave_fresh
from indexer.build.parsing import StructureParser
from indexer.build.workers import ParsePool
from indexer.properties import properties_of
from indexer.search.substructure import PATTERN_BITS
from model.inputs.anatomy import Anatomy
from model.inputs.building_blocks import CUTS, building_block_counts
from model.inputs.carbon_chains import chain_counts
from model.inputs.feature_atoms import feature_invariants
from model.inputs.features import Featurizer
from model.inputs.fingerprint import morgan_fingerprint
from model.inputs.groups import group_counts
from model.inputs.identifiers import atom_identifiers
from model.inputs.molecule_bag import molecule_features
from model.inputs.structure import Molecule, StructureLimits, parse_structure
from model.inputs.vocabulary import UNKNOWN, Vocabulary

_GROUPS = [function for name, function in vars(Fragments).items() if name.startswith("fr_") and callable(function)]
_TASK = 128
_APART = 2

_ready: Barrier

# A case works on molecules parsed for it alone: RDKit keeps in a molecule what it has computed once.
Case = Callable[[Sequence[Molecule]], object]

# What is compared with what: label, our case, the case of RDKit alone.
_PAIRS = (
    ("parse_structure (SMILES → Molecule)", "parse", "rdkit parse + canonical"),
    ("atom_identifiers (Mol2vec words)", "identifiers", "rdkit morgan r1 with atoms"),
    ("molecule_features (bag)", "bag", "rdkit bag"),
    ("Featurizer (atoms, codes, bag → rows)", "featurizer", "rdkit all features"),
    ("morgan_fingerprint (2048 bits, packed)", "fingerprint", "rdkit morgan r2"),
    ("Molecule.inchikey", "inchikey", "rdkit inchikey"),
    ("StructureParser (all that indexing needs)", "all that indexing needs", "rdkit all that indexing needs"),
)


def rdkit_cases() -> dict[str, Case]:
    """RDKit alone, generators made once: the calls without which none of our features could be had."""
    r1 = rdFingerprintGenerator.GetMorganGenerator(radius=1)
    r2 = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    patterns = [Chem.MolFromSmarts(smarts) for smarts in CUTS]
    generators = {
        "rdkit chiral morgan r3": rdFingerprintGenerator.GetMorganGenerator(radius=3, includeChirality=True),
        "rdkit feature morgan r2": rdFingerprintGenerator.GetMorganGenerator(
            radius=2, atomInvariantsGenerator=rdFingerprintGenerator.GetMorganFeatureAtomInvGen()
        ),
        "rdkit torsions": rdFingerprintGenerator.GetTopologicalTorsionGenerator(),
    }

    def words(mol: Chem.Mol) -> None:
        output = rdFingerprintGenerator.AdditionalOutput()
        output.AllocateBitInfoMap()
        r1.GetSparseCountFingerprint(mol, additionalOutput=output)
        output.GetBitInfoMap()

    def groups(mol: Chem.Mol) -> None:
        for function in _GROUPS:
            function(mol)

    def blocks(mol: Chem.Mol) -> None:
        cuts = {bond for pattern in patterns for bond in mol.GetSubstructMatches(pattern)}
        if cuts:
            parts = Chem.RWMol(mol)
            for bond in cuts:
                parts.RemoveBond(*bond)
            Chem.MolToSmiles(parts)

    def bag(mol: Chem.Mol) -> None:
        for generator in generators.values():
            generator.GetSparseCountFingerprint(mol).GetNonzeroElements()
        groups(mol)
        blocks(mol)
        rdMolDescriptors.CalcMolFormula(mol)

    def features(mol: Chem.Mol) -> None:
        words(mol)
        bag(mol)

    def index(molecules: Sequence[Molecule]) -> None:
        steps: tuple[Callable[[Chem.Mol], object], ...] = (
            Chem.MolToSmiles,
            Chem.MolToInchiKey,
            r2.GetFingerprintAsNumPy,
            lambda mol: Chem.PatternFingerprint(mol, fpSize=PATTERN_BITS),
            features,
            properties_of,
        )
        mols = [Chem.MolFromSmiles(molecule.smiles) for molecule in molecules]
        for step in steps:  # one after the other for all, as ours: that is faster
            for mol in mols:
                step(mol)

    def counts(generator: rdFingerprintGenerator.FingerprintGenerator64) -> Case:
        return _each(lambda mol: generator.GetSparseCountFingerprint(mol).GetNonzeroElements())

    return {
        "rdkit parse": lambda ms: [Chem.MolFromSmiles(m.smiles) for m in ms],
        "rdkit parse + canonical": lambda ms: [Chem.MolToSmiles(Chem.MolFromSmiles(m.smiles)) for m in ms],
        "rdkit morgan r1 with atoms": _each(words),
        "rdkit 85 groups": _each(groups),
        "rdkit blocks": _each(blocks),
        "rdkit bag": _each(bag),
        "rdkit all features": _each(features),
        "rdkit all that indexing needs": index,
        "rdkit morgan r2": _each(r2.GetFingerprintAsNumPy),
        "rdkit inchikey": _each(Chem.MolToInchiKey),
        "rdkit descriptors": _each(properties_of),
        "rdkit pattern": _each(lambda mol: Chem.PatternFingerprint(mol, fpSize=PATTERN_BITS)),
        **{name: counts(generator) for name, generator in generators.items()},
    }


def our_cases(featurizer: Featurizer) -> dict[str, Case]:
    parser = StructureParser(StructureLimits(), featurizer)
    r2 = rdFingerprintGenerator.GetMorganGenerator(radius=2)

    def feature_morgan(mol: Chem.Mol) -> None:
        r2.GetSparseCountFingerprint(mol, customAtomInvariants=feature_invariants(Anatomy(mol))).GetNonzeroElements()

    return {
        "parse": lambda ms: [parse_structure(m.smiles) for m in ms],
        "identifiers": _each(atom_identifiers),
        "bag": _each(molecule_features),
        "featurizer": lambda ms: [featurizer(m) for m in ms],
        "fingerprint": _each(morgan_fingerprint),
        "inchikey": lambda ms: [m.inchikey for m in ms],
        "groups": _each(lambda mol: group_counts(Anatomy(mol))),
        "feature morgan": _each(feature_morgan),
        "chains": _each(lambda mol: chain_counts(Anatomy(mol))),
        "blocks": _each(lambda mol: building_block_counts(Anatomy(mol))),
        "all that indexing needs": lambda ms: parser([m.smiles for m in ms], True),
    }


def _each(function: Callable[[Chem.Mol], object]) -> Case:
    return lambda molecules: [function(molecule.mol) for molecule in molecules]


def full_featurizer(molecules: Sequence[Molecule]) -> Featurizer:
    """Every part there is, with the vocabularies of these molecules."""
    words = dict.fromkeys(word for molecule in molecules for word in atom_identifiers(molecule.mol))
    bag = dict.fromkeys(feature for molecule in molecules for feature in molecule_features(molecule.mol))
    return Featurizer(Vocabulary([UNKNOWN, *words]), Vocabulary(bag), extra_features=True)


def one_process(inputs: Inputs, rounds: int) -> tuple[Table, Table]:
    """Ours beside RDKit alone, and where the bag's time goes."""
    smiles = [molecule.smiles for molecule in parse_all(inputs.smiles)]
    cases = rdkit_cases() | our_cases(full_featurizer(parse_all(smiles)))
    with rdBase.BlockLogs():
        timings = interleave_fresh(cases, lambda: parse_all(smiles), rounds, clock_for(1))
    count = len(smiles)

    def speed(case: str) -> float:
        return count / timings.seconds(case)

    rows: list[tuple[Cell, ...]] = [
        (label, speed(ours), speed(theirs), timings.ratio(theirs, ours)) for label, ours, theirs in _PAIRS
    ]
    rows.append(("properties_of (11 descriptors)", speed("rdkit descriptors"), "", ""))
    against = Table(
        f"Parsing and features, molecules/s, one process, {count} molecules",
        ("what", "ours", "RDKit alone", "share of RDKit alone"),
        rows,
    )
    return against, _dominance(timings, count)


def _dominance(timings: Timings, count: int) -> Table:
    parts = {
        "groups that can be there": "groups",
        "chiral morgan r3": "rdkit chiral morgan r3",
        "feature morgan r2": "feature morgan",
        "torsions": "rdkit torsions",
        "building blocks": "blocks",
        "carbon chains": "chains",
    }
    rows: list[tuple[str | float, ...]] = [
        (part, timings.seconds(case) / count * 1e6, timings.ratio(case, "bag")) for part, case in parts.items()
    ]
    rows.append(("molecule_features", timings.seconds("bag") / count * 1e6, 1.0))
    # Each part alone, asking the atoms again for what the parts share, so the shares are not those of a sum.
    return Table("Parts of molecule_features, each alone", ("part", "µs a molecule", "share"), rows)


def several_processes(inputs: Inputs, rounds: int, workers: Sequence[int]) -> Table:
    """All that indexing needs, in this process and in workers (warm; wall time), and what the machine can give."""
    featurizer = full_featurizer(parse_all(inputs.smiles[:500]))
    parser = StructureParser(StructureLimits(), featurizer)
    tasks = [inputs.smiles[start : start + _TASK] for start in range(0, len(inputs.smiles), _TASK)]
    pools = {f"{count} worker(s)" if count else "in this process": ParsePool(parser, count) for count in workers}
    try:
        cases = {name: (lambda pool=pool: _drain(pool, tasks)) for name, pool in pools.items()}
        timings = interleave(cases, rounds, perf_counter)
    finally:
        for pool in pools.values():
            pool.__exit__(None, None, None)
    first = next(iter(pools))
    rows = [(name, len(inputs.smiles) / timings.seconds(name), timings.ratio(first, name)) for name in pools]
    alone, together = (_apart(parser, tasks, count, rounds) for count in (1, _APART))
    rows.append((f"{_APART} processes that share nothing", together, together / alone))
    return Table(
        "All that indexing needs, by processes (wall time)", ("processes", "molecules/s", f"times {first}"), rows
    )


def _apart(parser: StructureParser, tasks: Sequence[Sequence[str]], count: int, rounds: int) -> float:
    """Molecules/s of so many processes at once, each with all the tasks to itself: no pool can be faster than that."""
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(count)
    with context.Pool(count, _meet, (ready,)) as processes:
        seconds = processes.map(partial(_alone, parser, tasks, rounds), range(count), chunksize=1)
    return sum(rounds * sum(map(len, tasks)) / one for one in seconds)


def _meet(barrier: Barrier) -> None:
    global _ready
    _ready = barrier


def _alone(parser: StructureParser, tasks: Sequence[Sequence[str]], rounds: int, _: int) -> float:
    for task in tasks:
        parser(task, True)
    _ready.wait()
    start = perf_counter()
    for _ in range(rounds):
        for task in tasks:
            parser(task, True)
    return perf_counter() - start


def _drain(pool: ParsePool, tasks: Sequence[Sequence[str]]) -> None:
    for future in [pool.submit(task, True) for task in tasks]:
        future.result()


def run(size: int, rounds: int, workers: Sequence[int]) -> list[Table]:
    inputs = read_inputs(size)
    return [*one_process(inputs, rounds), several_processes(inputs, rounds, workers)]


def main(arguments: Sequence[str]) -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.featurise", description=__doc__)
    options.add_argument("--size", type=int, default=200, help="molecules")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2], help="worker processes; 0: none")
    chosen = options.parse_args(arguments)
    restart_with_threads(1, "benchmarks.featurise", arguments)
    show(describe(1) + f"; {read_inputs(1).origin}", run(chosen.size, chosen.rounds, chosen.workers))


if __name__ == "__main__":
    main(sys.argv[1:])
