"""What files hide, set aside or have too much of: no word is lost, none unseen is evidence."""

import time
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt, RGBColor
from fpdf import FPDF

from tailor_lab.errors import InputError
from tailor_lab.settings import shipped
from tailor_lab.tailoring import load_job, load_resume
from tailor_lab.tailoring.documents.read import is_path

JOB = "Packer, Depot Ltd, 2019 - 2021"


def document() -> "docx.document.Document":
    made = docx.Document()
    made.add_paragraph("Ivo Example")
    made.add_paragraph("ivo@example.com")
    made.add_paragraph("EXPERIENCE")
    made.add_paragraph(JOB)
    made.add_paragraph("Packed 200 boxes a shift", style="List Bullet")
    return made


def box(text: str) -> str:
    return (
        f'<w:p {nsdecls("w")} xmlns:v="urn:schemas-microsoft-com:vml"><w:r><w:pict><v:shape>'
        f"<v:textbox><w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent>"
        "</v:textbox></v:shape></w:pict></w:r></w:p>"
    )


def test_a_text_box_in_the_midst_of_an_entry_takes_none_of_its_lines(tmp_path: Path) -> None:
    made = document()
    made.element.body.insert(4, parse_xml(box("LICENSES: Crane, class II")))
    made.element.body.insert(4, parse_xml(box("Likes ladders")))
    made.save(str(tmp_path / "r.docx"))
    resume = load_resume(tmp_path / "r.docx")
    assert resume.data["work"][0]["highlights"] == ["Packed 200 boxes a shift"]
    assert resume.data["certificates"] == [{"name": "Crane, class II"}]
    assert resume.data["other"] == [{"name": "Text box", "lines": ["Likes ladders"]}]


def test_a_page_made_of_text_boxes_is_read_in_their_order(tmp_path: Path) -> None:
    made = docx.Document()
    for text in ("Ivo Example", "EXPERIENCE", JOB, "SKILLS", "Ladders, boxes"):
        made.element.body.insert(len(made.element.body) - 1, parse_xml(box(text)))
    made.save(str(tmp_path / "r.docx"))
    data = load_resume(tmp_path / "r.docx").data
    assert data["basics"]["name"] == "Ivo Example"
    assert data["work"][0]["name"] == "Depot Ltd"


def test_footers_and_notes_are_kept_and_numbers_of_pages_are_not(tmp_path: Path) -> None:
    made = document()
    footer = made.sections[0].footer
    footer.paragraphs[0].text = "Notary no. 8891"
    footer.add_paragraph("Page 1 of 2")
    made.save(str(tmp_path / "r.docx"))
    resume = load_resume(tmp_path / "r.docx")
    assert resume.data["other"] == [{"name": "Footer", "lines": ["Notary no. 8891"]}]
    assert any("Notary" in warning for warning in resume.warnings)


def test_text_in_content_controls_and_insertions_is_text(tmp_path: Path) -> None:
    made = document()
    run = "<w:r><w:t>{}</w:t></w:r>"
    block = f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p>{run}</w:p></w:sdtContent></w:sdt>"
    control = f"<w:sdt><w:sdtContent>{run}</w:sdtContent></w:sdt>"
    inline = f"<w:p {nsdecls('w')}><w:ins>{run}</w:ins>{control}</w:p>"
    for xml in (block.format("SKILLS"), inline.format("Ladders, ", "boxes")):
        made.element.body.insert(len(made.element.body) - 1, parse_xml(xml))
    made.save(str(tmp_path / "r.docx"))
    assert load_resume(tmp_path / "r.docx").data["skills"][0]["keywords"] == ["Ladders", "boxes"]


def test_a_cell_with_line_ends_in_one_paragraph_is_one_cell(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_heading("Ivo Example", 0)
    made.add_heading("Experience", 1)
    table = made.add_table(rows=0, cols=2)
    for dates, told in (
        ("2019 – 2021", "Packer, Depot Ltd\nPacked\nStacked"),
        ("2018", "Intern, Elm"),
    ):
        cells = table.add_row().cells
        cells[0].text, cells[1].text = dates, told
    made.save(str(tmp_path / "r.docx"))
    first, second = load_resume(tmp_path / "r.docx").data["work"]
    assert (first["name"], first["highlights"]) == ("Depot Ltd", ["Packed", "Stacked"])
    assert (second["name"], second["startDate"]) == ("Elm", "2018")


@pytest.mark.parametrize("how", ["marked hidden", "white", "one point"])
def test_what_nobody_can_see_in_a_docx_is_named_and_is_no_evidence(
    tmp_path: Path, how: str
) -> None:
    made = document()
    run = made.add_paragraph().add_run("Kubernetes Terraform")
    if how == "marked hidden":
        run.font.hidden = True
    elif how == "white":
        run.font.color.rgb = RGBColor(255, 255, 255)
    else:
        run.font.size = Pt(1)
    made.save(str(tmp_path / "r.docx"))
    resume = load_resume(tmp_path / "r.docx")
    assert "Kubernetes" not in resume.text
    assert any("idden text" in w and "Kubernetes Terraform" in w for w in resume.warnings)


def pdf(path: Path, *, field: bool, size: float = 10) -> Path:
    """A page with white words, on a coloured field or on the white page."""
    made = FPDF()
    made.add_page()
    made.set_font("helvetica", size=10)
    for text in ("Ivo Example", "ivo@example.com", "EXPERIENCE", JOB, "- Packed boxes", "SKILLS"):
        made.cell(100, 6, text, new_x="LMARGIN", new_y="NEXT")
    if field:
        made.set_fill_color(20, 40, 90)
        made.rect(10, made.get_y(), 80, 8, style="F")
    made.set_font("helvetica", size=size)
    made.set_text_color(255, 255, 255)
    made.cell(100, 6, "Kubernetes, Terraform")
    made.output(str(path))
    return path


def test_white_words_on_a_white_page_are_named_and_are_no_evidence(tmp_path: Path) -> None:
    resume = load_resume(pdf(tmp_path / "r.pdf", field=False))
    assert "Kubernetes" not in resume.text
    assert any("idden text" in w and "Kubernetes, Terraform" in w for w in resume.warnings)


def test_white_words_on_a_coloured_field_are_read(tmp_path: Path) -> None:
    resume = load_resume(pdf(tmp_path / "r.pdf", field=True))
    assert resume.data["skills"][0]["keywords"] == ["Kubernetes", "Terraform"]


def test_words_of_one_point_are_named_whatever_lies_below(tmp_path: Path) -> None:
    assert "Kubernetes" not in load_resume(pdf(tmp_path / "r.pdf", field=True, size=1)).text


def test_cells_that_wrap_in_a_pdfs_table_are_one_cell(tmp_path: Path) -> None:
    made = FPDF()
    made.add_page()
    made.set_font("helvetica", size=10)
    for text in ("Ivo Example", "ivo@example.com", "EXPERIENCE"):
        made.cell(100, 8, text, new_x="LMARGIN", new_y="NEXT")
    told = "Packed boxes of every size that the depot sends; kept the floor clear and the books"
    with made.table(col_widths=(30, 40, 40, 80)) as table:
        for row in (
            ("Dates", "Employer", "Role", "Duties"),
            ("2019 - 2021", "Depot Ltd", "Packer", told),
            ("2017 - 2019", "Elm Ltd", "Driver", "Drove"),
        ):
            table.row(row)
    made.output(str(tmp_path / "r.pdf"))
    first, second = load_resume(tmp_path / "r.pdf").data["work"]
    assert (first["name"], first["position"], first["highlights"]) == (
        "Depot Ltd",
        "Packer",
        [told],
    )
    assert (second["name"], second["highlights"]) == ("Elm Ltd", ["Drove"])


def test_a_pdf_with_places_and_dates_at_the_right_is_read_by_employer(tmp_path: Path) -> None:
    made = FPDF()
    made.add_page()
    made.set_font("helvetica", size=10)
    lines = [
        *(("Ivo Example", ""), ("ivo@example.com", ""), ("EXPERIENCE", "")),
        *(("Creek Mill", "Boone, NC"), ("Miller", "2019 - Present")),
        ("- Ground corn and rye for forty bakeries of the county on a mill rebuilt in 2021", ""),
        *(("Elm Stores", "Sylva, NC"), ("Cashier", "Summer 2018"), ("- Counted", "")),
    ]
    for left, right in lines:
        made.cell(130, 6, left)
        made.cell(60, 6, right, align="R", new_x="LMARGIN", new_y="NEXT")
    made.output(str(tmp_path / "r.pdf"))
    first, second = load_resume(tmp_path / "r.pdf").data["work"]
    assert (first["name"], first["position"], first["location"]) == (
        "Creek Mill",
        "Miller",
        "Boone, NC",
    )
    assert (second["name"], second["startDate"], second["highlights"]) == (
        "Elm Stores",
        "2018-06",
        ["Counted"],
    )


def test_a_damaged_pdf_is_refused_without_a_line_of_the_reader(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = pdf(tmp_path / "r.pdf", field=True).read_bytes()
    (tmp_path / "broken.pdf").write_bytes(whole[: len(whole) // 3])
    with pytest.raises(InputError, match="damaged"):
        load_resume(tmp_path / "broken.pdf")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("load", [load_resume, load_job])
@pytest.mark.parametrize(
    "text", [f"EXPERIENCE\n{JOB}\n- Packed\n" * 80_000, "a" * 5_000_000], ids=["entries", "a line"]
)
def test_too_long_a_text_is_refused_at_once_and_truly(load: object, text: str) -> None:
    started = time.perf_counter()
    with pytest.raises(InputError, match=r"characters; up to 200,000 are read"):
        load(text)  # type: ignore[operator]
    assert time.perf_counter() - started < 1


def test_a_thousand_spaces_are_read_as_fast_as_ten() -> None:
    started = time.perf_counter()
    load_resume(f"Ada Example\n\nEXPERIENCE\n{JOB}{' ' * 100_000}Leeds\n")
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("path", sorted(shipped("data/jobs").glob("*"))[:6], ids=lambda p: p.stem)
def test_a_posting_given_as_a_resume_is_refused_or_named(path: Path) -> None:
    try:
        warnings = load_resume(f"{load_job(path).text}\n").warnings
    except InputError as error:
        warnings = (str(error),)
    assert any("reads like a job posting" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("resume.pdf", True),
        ("my resume (final).docx", True),
        ("jobs/nurse-07.txt", True),
        ("nowhere", True),
        ("old cv.doc", True),
        ("Nurse wanted in Leeds, BSN required, nights and weekends", False),
        ("WAREHOUSE LEAD. Elm City OH. Must have 3-5 yrs supervising", False),
        ("Send your CV as a file. We read .pdf", False),
        ("We need an RN for nights/weekends in Leeds who knows Epic", False),
    ],
)
def test_a_sentence_is_no_path(text: str, expected: bool) -> None:
    assert is_path(text) is expected
