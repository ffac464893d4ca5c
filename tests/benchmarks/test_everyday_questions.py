"""The everyday questions have different texts, and answers that the bundled corpus has."""

from pathlib import Path

import benchmarks
from indexer.examples import example_corpus

KINDS = {"lay role", "clinical class", "brand", "use", "structure", "property", "negation"}


def test_sixty_questions_with_answers_in_the_bundled_corpus() -> None:
    path = Path(benchmarks.__file__).with_name("everyday_questions.tsv")
    header, *lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    known = {line.split("\t")[0] for line in example_corpus().read_text(encoding="utf-8").splitlines()[1:]}

    assert header == ["question", "kind", "accepted"]
    assert len({question.casefold() for question, _, _ in lines}) == len(lines) == 60
    assert {kind for _, kind, _ in lines} == KINDS
    for question, _, accepted in lines:
        ids = accepted.split(";")
        assert ids == sorted(set(ids)), question
        assert set(ids) <= known, question
