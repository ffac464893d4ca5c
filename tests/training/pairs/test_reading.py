"""Readers: every published layout, selectors, and bad rows with their line and reason."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from training.pairs.reading import (
    Candidate,
    FileKind,
    Pair,
    read_candidate_file,
    read_candidates,
    read_pairs,
)
from training.pairs.tables import PairFileError, Reject

OPEN = """source\tsmiles\tdescription\tchebi_style\tpcdes_split\tcid
pcdes\tCCO\tit is ethanol-like.\t1\ttrain\t702
pcdes\tCO\tit is a poison.\t0\ttest\t887
pubchem324k\tCCO\tThe molecule is a solvent.\t0\t\t702
momu_phy\tCCN\tEthylamine is an amine.\t1\t\t
"""

ONTOLOGY = """chebi_id\tname\tsmiles\tdefinition\tis_a\trelations\tcid
CHEBI:1\tethanol\tCCO\tA primary alcohol that is ethane with a hydroxy group.\tprimary alcohol\thas_role:solvent\t702
CHEBI:4\tnothing\tCC\t\t\t\t
CHEBI:2\tno structure\t\tA thing.\t\t\t
CHEBI:3\tmethane\tC\t\talkane\t\t
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_chebi20_files_in_any_case_are_recognised(tmp_path: Path) -> None:
    path = write(tmp_path / "train.txt", "CID\tSMILES\tdescription\n702\tCCO\tThe molecule is an alcohol.\n")
    result = read_pairs(path)
    assert result.kind is FileKind.CHEBI20
    assert result.pairs == (Pair("CCO", "The molecule is an alcohol.", "702", "chebi20"),)
    assert result.rejects == ()


def test_doubled_backslashes_are_mended(tmp_path: Path) -> None:
    path = write(tmp_path / "v.tsv", "CID\tSMILES\tdescription\n1\tC/C=C\\\\C\tcis.\n2\tC/C=C\\C\tcis too.\n")
    assert [pair.smiles for pair in read_pairs(path).pairs] == ["C/C=C\\C"] * 2


def test_quotation_marks_in_tsv_are_text(tmp_path: Path) -> None:
    path = write(tmp_path / "v.tsv", 'CID\tSMILES\tdescription\n1\tCO\t"Wood spirit\n2\tCCO\tthe 5"-isomer\n')
    assert [pair.text for pair in read_pairs(path).pairs] == ['"Wood spirit', 'the 5"-isomer']


def test_bad_rows_are_rejected_with_line_and_reason_and_the_rest_is_read(tmp_path: Path) -> None:
    rows = [
        b"cid\tsmiles\tdescription",
        b"1\tCCO\tgood",
        b"2\tCCO",
        b"4\tCC\t   ",
        b"5\t\tno structure",
        b"6\tCC\tbad \xff byte",
        b"",
        b"7\tC\t" + b"long " * 30_000,
        b"9\tCC\tgood too\r",
    ]
    path = tmp_path / "pairs.tsv"
    path.write_bytes(b"\n".join(rows) + b"\n")
    result = read_pairs(path)
    assert [pair.id for pair in result.pairs] == ["1", "9"]
    assert result.pairs[1].text == "good too"
    reasons = {reject.line: reject.reason for reject in result.rejects}
    assert list(reasons) == [3, 4, 5, 6, 8]
    assert reasons[3] == "2 columns where the header has 3"
    assert reasons[4] == "empty text"
    assert reasons[5] == "empty structure"
    assert reasons[6] == "not valid UTF-8"
    assert "at most 100,000" in reasons[8]


def test_open_pairs_keep_their_source_and_filter_by_selector(tmp_path: Path) -> None:
    path = write(tmp_path / "pairs_open.tsv", OPEN)
    everything = read_pairs(path)
    assert everything.kind is FileKind.OPEN_PAIRS
    assert [pair.source for pair in everything.pairs] == ["pcdes", "pcdes", "pubchem324k", "momu_phy"]
    assert [pair.id for pair in everything.pairs] == ["702", "887", "702", None]

    styled = read_pairs(f"{path}?chebi_style=1")
    assert (len(styled.pairs), styled.filtered) == (2, 2)
    without_test = read_pairs(f"{path}?pcdes_split!=dev&pcdes_split!=test")
    assert [pair.text for pair in without_test.pairs] == [pair.text for pair in everything.pairs if pair.id != "887"]
    assert len(read_pairs(f"{path}?PCDES_SPLIT=&chebi_style=1").pairs) == 1


def test_a_selector_on_a_missing_column_names_the_columns_there_are(tmp_path: Path) -> None:
    path = write(tmp_path / "v.tsv", "cid\tsmiles\tdescription\n1\tC\tmethane\n")
    with pytest.raises(PairFileError, match=r"no column 'split'.*cid, smiles, description"):
        read_pairs(f"{path}?split=train")


def test_pcdes_as_published_is_two_aligned_files_split_by_line(tmp_path: Path) -> None:
    write(tmp_path / "align_smiles.txt", "CCO\n\nCC\n")
    write(tmp_path / "align_des_filt3.txt", "it is a solvent.\nit is broken.\nit is a gas.\nit is surplus.\n")
    result = read_pairs(tmp_path)
    assert result.kind is FileKind.PCDES
    assert [pair.text for pair in result.pairs] == ["it is a solvent.", "it is a gas."]
    assert [reject.line for reject in result.rejects] == [2]
    assert {pair.source for pair in result.pairs} == {"pcdes"}
    assert read_pairs(tmp_path / "align_smiles.txt").pairs == result.pairs
    assert read_pairs(f"{tmp_path}?pcdes_split=test").pairs == ()
    assert len(read_pairs(f"{tmp_path}?pcdes_split=train").pairs) == 2


def test_a_table_of_names_says_each_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "names.tsv"
    path.write_text(
        "source\tcid\tsmiles\tname\tbundle\nchebi\t702\tCCO\tethanol\t1\nrhea\t\tCO\t\t1\nm\t1\tCC\tethane\t0\n"
    )
    file = read_pairs(f"{path}?bundle=1")
    assert file.kind is FileKind.NAMES
    assert file.pairs == (Pair("CCO", "The molecule is ethanol.", "702", "chebi"),)
    assert [reject.reason for reject in file.rejects] == ["empty text"]


def test_generic_csv_with_aliases_quoting_and_broken_rows(tmp_path: Path) -> None:
    path = write(
        tmp_path / "mine.csv",
        'ID,Canonical_SMILES,Caption\nx1,CCO,"An alcohol, that is\nused, a lot"\nx2,CC\nx3,CC,a "gas"\n',
    )
    result = read_pairs(path)
    assert result.kind is FileKind.GENERIC
    assert result.pairs == (
        Pair("CCO", "An alcohol, that is\nused, a lot", "x1", "mine"),
        Pair("CC", 'a "gas"', "x3", "mine"),
    )
    assert result.rejects == (Reject(4, "2 columns where the header has 3"),)


def test_an_unclosed_quote_is_a_reject_not_the_end(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.csv", 'smiles,text\nCCO,fine\nCC,"never closed\nC,lost\n')
    result = read_pairs(path)
    assert [pair.smiles for pair in result.pairs] == ["CCO"]
    assert [reject.line for reject in result.rejects] == [3]
    assert "quoting" in result.rejects[0].reason


def test_parquet_reads_like_text(tmp_path: Path) -> None:
    table = pa.table(
        {
            "CID": [702, None, 6324],
            "smiles": ["CCO", "", None],
            "description": ["An alcohol.", "Open.", "No structure."],
            "keep": [True, True, True],
        }
    )
    path = tmp_path / "pairs.parquet"
    parquet.write_table(table, path)
    result = read_pairs(f"{path}?keep=1")
    assert result.pairs == (Pair("CCO", "An alcohol.", "702", "pairs"),)
    assert [reject.line for reject in result.rejects] == [2, 3]


def test_ontology_rows_become_captions(tmp_path: Path) -> None:
    path = write(tmp_path / "chebi_ontology.tsv", ONTOLOGY)
    result = read_pairs(path)
    assert result.kind is FileKind.ONTOLOGY
    text = "The molecule is a primary alcohol that is ethane with a hydroxy group. It has a role as a solvent."
    assert result.pairs == (
        Pair("CCO", text, "702", "ontology"),
        Pair("C", "The molecule is an alkane.", None, "ontology"),
    )
    assert [(reject.line, reject.reason) for reject in result.rejects] == [
        (3, "no definition, class or relation to render"),
        (4, "empty structure"),
    ]


def test_caption_variations_are_seeded_and_come_beside_the_full_caption(tmp_path: Path) -> None:
    path = write(tmp_path / "chebi_ontology.tsv", ONTOLOGY)
    full = read_pairs(path).pairs
    varied = read_pairs(path, captions=20, seed=1).pairs
    assert varied == read_pairs(path, captions=20, seed=1).pairs
    assert set(full) < set(varied)
    assert len(set(varied)) == len(varied)


def test_names_of_ontology_rows_are_texts_of_their_own_where_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "chebi_ontology.tsv", ONTOLOGY)
    captions = read_pairs(path)
    named = read_pairs(path, names=True)
    assert set(named.pairs) - set(captions.pairs) == {
        Pair("CCO", "The molecule is ethanol.", "702", "ontology"),
        Pair("C", "The molecule is methane.", None, "ontology"),
        Pair("CC", "The molecule is nothing.", None, "ontology"),  # a row that has nothing else to say
    }
    assert [reject.line for reject in named.rejects] == [4]


def test_synonyms_are_names_too(tmp_path: Path) -> None:
    header, ethanol, *_ = ONTOLOGY.splitlines()
    path = write(tmp_path / "ontology.tsv", f"{header}\tsynonyms\n{ethanol}\tethyl alcohol; ethanol; EtOH\n")
    texts = [pair.text for pair in read_pairs(path, names=True).pairs]
    assert texts[1:] == ["The molecule is ethanol.", "The molecule is ethyl alcohol.", "The molecule is EtOH."]


def test_a_file_without_what_is_needed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PairFileError, match="cannot be read"):
        read_pairs(tmp_path / "absent.tsv")
    with pytest.raises(PairFileError, match="cannot be read"):
        read_pairs(tmp_path)
    with pytest.raises(PairFileError, match="is empty"):
        read_pairs(write(tmp_path / "empty.tsv", ""))
    with pytest.raises(PairFileError, match="no text column"):
        read_pairs(write(tmp_path / "c.tsv", "cid\tsmiles\n1\tC\n"))
    with pytest.raises(PairFileError, match="no structure column"):
        read_pairs(write(tmp_path / "d.csv", "id,text\n1,methane\n"))
    with pytest.raises(PairFileError, match="more than once"):
        read_pairs(write(tmp_path / "e.tsv", "smiles\tSMILES\ttext\nC\tC\tmethane\n"))
    with pytest.raises(PairFileError, match="not a Parquet file"):
        read_pairs(write(tmp_path / "f.parquet", "PAR? no"))
    (tmp_path / "g.tsv").write_bytes("smiles\ttext\n".encode("utf-16"))
    with pytest.raises(PairFileError, match="not a UTF-8 text file"):
        read_pairs(tmp_path / "g.tsv")


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    (tmp_path / "v.tsv").write_bytes(b"\xef\xbb\xbfcid\tsmiles\tdescription\n1\tC\tmethane\n")
    assert read_pairs(tmp_path / "v.tsv").kind is FileKind.CHEBI20


def test_candidates_keep_order_and_ids_and_reject_repeated_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "c.tsv", "CID\tSMILES\n5\tC/C=C\\\\C\n3\tC\n5\tCC\n\tCO\n9\t\n8\tunparsed\n")
    assert read_candidates(path) == [Candidate("5", "C/C=C\\C"), Candidate("3", "C"), Candidate("8", "unparsed")]
    rejects = read_candidate_file(path).rejects
    assert [(reject.line, reject.reason) for reject in rejects] == [
        (4, "the id '5' was used before"),
        (5, "empty id"),
        (6, "empty structure"),
    ]
    assert read_candidates(write(tmp_path / "s.csv", "smiles\nC\nCC\n")) == [Candidate("2", "C"), Candidate("3", "CC")]


@pytest.mark.realdata
def test_published_files_are_read_whole(real_data: Path) -> None:
    validation = read_pairs(real_data / "chebi20_validation.tsv")
    assert (validation.kind, len(validation.pairs), validation.rejects) == (FileKind.CHEBI20, 3301, ())
    assert len(read_candidates(real_data / "chebi20_candidates.tsv")) == 33_010
    opened = read_pairs(real_data / "pairs_open.tsv")
    assert (opened.kind, len(opened.pairs), opened.rejects) == (FileKind.OPEN_PAIRS, 26_536, ())
    ontology = read_pairs(real_data / "chebi_ontology.tsv")
    assert (ontology.kind, len(ontology.pairs), ontology.rejects) == (FileKind.ONTOLOGY, 9884, ())
