"""Files of every kind are read without loss, and written so that they read the same."""

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF

from tailor_lab.errors import InputError
from tailor_lab.settings import shipped
from tailor_lab.tailoring import load_job, load_resume, score
from tailor_lab.tailoring.documents.write import write_resume
from tests.tailoring.candidates import JOB, RESUME
from tests.tailoring.real_data import real_data

SHIPPED = sorted(shipped("data/resumes").glob("*.json"))


def leaves(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{at}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{at}/{index}")
    elif value not in ("", None):
        yield at, str(value)


@pytest.mark.parametrize("ending", [".json", ".md", ".docx", ".pdf"])
def test_a_written_resume_reads_as_the_same_resume(tmp_path: Path, ending: str) -> None:
    path = write_resume(RESUME, tmp_path / f"resume{ending}")
    again = load_resume(path)
    assert dict(leaves(again.to_dict())) == dict(leaves(RESUME))
    assert again.warnings == ()


@pytest.mark.parametrize("ending", [".md", ".docx", ".pdf"])
def test_the_published_sample_survives_writing_and_reading(tmp_path: Path, ending: str) -> None:
    sample = load_resume(real_data("resumes_jsonresume/sample.resume.json"))
    again = load_resume(write_resume(sample, tmp_path / f"sample{ending}"))
    known = {k: v for k, v in sample.to_dict().items() if k not in {"$schema", "meta"}}
    assert dict(leaves(again.to_dict())) == dict(leaves(known))


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".md", ".docx", ".pdf"])
def test_a_shipped_resume_scores_the_same_from_any_file(tmp_path: Path, ending: str) -> None:
    job = load_job(JOB)
    for source in SHIPPED[::4]:
        resume = load_resume(source)
        again = load_resume(write_resume(resume, tmp_path / f"{source.stem}{ending}"))
        assert score(again, job).value == pytest.approx(score(resume, job).value, abs=3), source


def test_fields_that_json_resume_does_not_know_are_written_too(tmp_path: Path) -> None:
    odd = {**RESUME, "patents": [{"title": "Sluice", "number": "GB123"}]}
    for ending in (".md", ".docx", ".pdf"):
        again = load_resume(write_resume(odd, tmp_path / f"odd{ending}"))
        assert "Sluice" in again.text
        assert "GB123" in again.text


def test_letters_of_any_alphabet_survive_a_json_file(tmp_path: Path) -> None:
    path = tmp_path / "resume.json"
    path.write_text(json.dumps({"basics": {"name": "Zoë Ångström 李"}}), encoding="utf-16")
    assert load_resume(path).name == "Zoë Ångström 李"


def two_columns(path: Path) -> None:
    pdf = FPDF()
    pdf.add_page()
    left = ["Grace Example", "grace@example.com", "SKILLS", "Python", "SQL", "Tableau", "EDUCATION"]
    left += ["BSc Physics, 2012 - 2015", "University of York", "LANGUAGES", "English", "French"]
    right = ["EXPERIENCE", "Data Analyst, Harbour Bank", "Jan 2018 - Mar 2021"]
    right += [f"• Wrote report number {i} about the money of the bank" for i in range(9)]
    for x, lines in ((10, left), (90, right)):
        for index, text in enumerate(lines):
            pdf.set_font("helvetica", "B" if text.isupper() else "", 10)
            pdf.text(x, 20 + 6 * index, text.replace("•", "-"))
    pdf.output(str(path))


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    two_columns(tmp_path / "columns.pdf")
    resume = load_resume(tmp_path / "columns.pdf")
    (job,) = resume.data["work"]
    assert job["position"] == "Data Analyst"
    assert job["name"] == "Harbour Bank"
    assert (job["startDate"], job["endDate"]) == ("2018-01", "2021-03")
    assert len(job["highlights"]) == 9
    assert resume.data["skills"][0]["keywords"] == ["Python", "SQL", "Tableau"]


@pytest.mark.parametrize(
    "head",
    [
        "Acme Ltd\nWarehouse Manager\nJan 2018 - Mar 2021",
        "Warehouse Manager, Acme Ltd\n01/2018 – 03/2021",
        "Warehouse Manager | Acme Ltd | Jan 2018 – Mar 2021",
        "Warehouse Manager at Acme Ltd   Jan 2018 - Mar 2021",
        "Acme Ltd — Warehouse Manager (Jan 2018 – Mar 2021)",
        "Jan 2018 - Mar 2021\nWarehouse Manager\nAcme Ltd",
    ],
)
def test_the_head_of_an_entry_is_read_in_its_usual_forms(head: str) -> None:
    bullets = "• Ran a site of 40 people\n• Cut errors by half"
    text = f"Ada Example\nada@example.com\n\nEXPERIENCE\n\n{head}\n{bullets}\n\nEDUCATION\n\nBSc"
    (entry,) = load_resume(text).data["work"]
    assert entry == {
        "position": "Warehouse Manager",
        "name": "Acme Ltd",
        "startDate": "2018-01",
        "endDate": "2021-03",
        "highlights": ["Ran a site of 40 people", "Cut errors by half"],
    }


def test_what_has_no_place_is_kept_and_named() -> None:
    text = "Ada Example\nada@example.com\n\n# Skills\nPython\n\n# Miscellany\nOrder of the Bath"
    resume = load_resume(text)
    assert "Order of the Bath" in resume.text
    assert any("Order of the Bath" in warning for warning in resume.warnings)


def test_quotes_and_bullets_that_were_decoded_wrongly_are_put_right() -> None:
    summary = "Knows the client\u00e2\x80\x99s trade \u00e2\x80\x93 well"
    text = f"Ada Example\nada@example.com\n\nSUMMARY\n\n{summary}"
    resume = load_resume(f"{text}\n\nSKILLS\n\u00e2\x80\u00a2 Python\n\u00e2\x80\u00a2 SQL\n")
    assert resume.data["basics"]["summary"] == "Knows the client’s trade – well"
    assert resume.data["skills"][0]["keywords"] == ["Python", "SQL"]


def png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + chunk(b"IDAT", zlib.compress(b"\0\0\0\0"))
        + chunk(b"IEND", b"")
    )


NOVEL = "It was a dull evening on the moor, and nobody had come by for hours. " * 900


def scan(path: Path) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.rect(10, 10, 50, 50)
    pdf.output(str(path))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("photo.jpg", b"\xff\xd8\xff\xe0" + bytes(200), ["photo.jpg", "JPEG"]),
        ("photo.pdf.png", png(), ["PNG image"]),
        ("tool.txt", b"\x7fELF" + bytes(300), ["program"]),
        ("old.doc", b"\xd0\xcf\x11\xe0" + bytes(300), ["old Word"]),
        ("noise.txt", bytes(range(256)) * 4, ["binary"]),
        ("novel.txt", NOVEL.encode(), ["does not look like a résumé"]),
        ("empty.txt", b"  \n ", ["empty"]),
        ("broken.json", b'{"basics": {\n  "name": "Ada",,\n}}', ["line 2, column 17"]),
        ("list.json", b"[1, 2]", ["an object is needed"]),
        ("order.json", b'{"order": 7, "total": 12}', ["not a résumé", "order, total"]),
        ("none.json", b'{"basics": {}, "work": []}', ["empty"]),
        ("shape.json", b'{"work": "at Acme"}', ["work must be a list"]),
        ("bullets.json", b'{"work": [{"highlights": "x"}]}', ["work[0].highlights"]),
        ("broken.pdf", b"%PDF-1.7\nnothing here", ["damaged PDF"]),
        ("broken.docx", b"PK\x03\x04nothing", ["not a readable DOCX"]),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, words: list[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        load_resume(path)
    message = str(refused.value)
    assert all(word in message for word in words), message
    assert "\n" not in message


def test_a_missing_file_a_folder_and_a_scan_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        load_resume("nowhere.pdf")
    with pytest.raises(InputError, match="is a folder"):
        load_resume(tmp_path)
    scan(tmp_path / "scan.pdf")
    with pytest.raises(InputError, match="probably a scan"):
        load_resume(tmp_path / "scan.pdf")


def test_nothing_half_written_stays(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="written as"):
        write_resume(RESUME, tmp_path / "resume.odt")
    with pytest.raises(InputError, match="no folder"):
        write_resume(RESUME, tmp_path / "nowhere" / "resume.pdf")
    assert list(tmp_path.iterdir()) == []
    write_resume(RESUME, tmp_path / "resume.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["resume.pdf"]


def test_lines_name_every_text_with_its_place() -> None:
    resume = load_resume(RESUME)
    lines = {line.path: line for line in resume.lines()}
    assert lines["/work/0/highlights/1"].text.startswith("Cut the cost")
    assert lines["/work/0/highlights/1"].section == "work"
    assert {path: line.text for path, line in lines.items()} == dict(leaves(RESUME))


def test_a_loaded_resume_is_not_changed_through_its_copies() -> None:
    source = json.loads(json.dumps(RESUME))
    resume = load_resume(source)
    source["basics"]["name"] = "Somebody Else"
    resume.to_dict()["basics"]["name"] = "Somebody Else"
    assert resume.name == "Ada Example"


@pytest.mark.slow
def test_all_real_resumes_are_read_and_lose_nothing() -> None:
    import polars as pl

    table = pl.read_parquet(real_data("resumes_updated962/resumes.parquet"))
    texts = table.filter(pl.col("first_occurrence"))["Resume"].to_list()
    assert len(texts) == 167
    resumes = [load_resume(f"{text}\n") for text in texts]
    assert not [w for resume in resumes for w in resume.warnings if w.startswith("Not placed")]
    found = {
        section: sum(bool(resume.data.get(section)) for resume in resumes)
        for section in ("work", "education", "skills")
    }
    # 35 of them have no skills but those of their prose.
    assert found["work"] >= 165
    assert found["education"] >= 165
    assert found["skills"] >= 125
