"""PDFs in the layouts that people use: two columns, a sidebar on either side, tables."""

from pathlib import Path

from fpdf import FPDF

# Where the columns begin, in millimetres of a page of 210.
LEFT, MIDDLE, RIGHT = 10, 80, 140


def columns(
    path: Path, left: list[str], right: list[str], *, at: int, head: tuple[str, ...] = ()
) -> Path:
    """A page with two columns, the right one beginning `at`; `head` stands above both."""
    pdf = FPDF()
    pdf.add_page()
    for index, text in enumerate(head):
        pdf.set_font("helvetica", "B" if index == 0 else "", 18 if index == 0 else 10)
        pdf.text(LEFT, 15 + 6 * index, text)
    top = 20 + 6 * len(head)
    # The columns have lines of their own height, as different sizes of text have.
    for x, height, lines in ((LEFT, 6.0, left), (at, 5.5, right)):
        for index, text in enumerate(lines):
            pdf.set_font("helvetica", "B" if text.isupper() else "", 10)
            pdf.text(x, top + height * index, text)
    pdf.output(str(path))
    return path


def tables(path: Path, sections: dict[str, list[tuple[str, ...]]], *, borders: bool) -> Path:
    """A page with a name, an address and a table a section."""
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", "B", 18)
    pdf.cell(0, 10, "Grace Example", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("helvetica", "", 10)
    pdf.cell(0, 6, "grace@example.com", new_x="LMARGIN", new_y="NEXT")
    for heading, rows in sections.items():
        pdf.ln(4)
        pdf.set_font("helvetica", "B", 13)
        pdf.cell(0, 8, heading, new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("helvetica", "", 10)
        with pdf.table(borders_layout="ALL" if borders else "NONE", v_align="TOP") as table:
            for row in rows:
                line = table.row()
                for cell in row:
                    line.cell(cell)
    pdf.output(str(path))
    return path
