import pytest
from bs4 import BeautifulSoup

from ingest import formulas, html, markdown
from ingest.structure import assemble

PROSE = "The service reads forty features of every candidate and answers within a hundred milliseconds, as promised. "


def of_page(inner: str) -> str:
    page = f"<html><body><article><h1>A page</h1><p>{PROSE * 2}</p>{inner}<p>{PROSE * 2}</p></article></body></html>"
    return assemble(html.read(page.encode(), url="https://larkfield.example/formulas").parts)[0]


def of_markdown(text: str) -> str:
    return assemble(tuple(markdown.parts(text)))[0]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("10<sup>9</sup> items and 2<sup>10</sup> shards", "10^9 items and 2^10 shards"),
        ("a rate of 10<sup>−3</sup> and x<sup>2</sup>", "a rate of 10^−3 and x^2"),
    ],
)
def test_a_power_is_no_longer_number(written: str, read: str) -> None:
    assert read in of_page(f"<p>It holds {written}. {PROSE}</p>")
    assert read in of_page(f"<table><tr><td>size</td><td>{written}</td></tr><tr><td>a</td><td>b</td></tr></table>")
    assert read in of_markdown(f"It holds {written}.")


def test_the_mark_of_a_note_is_no_power() -> None:
    for word in ("2019", "model", "1,000", "4.75"):
        assert f"{word}^" not in of_page(f"<p>It was the {word}<sup>3</sup> of all. {PROSE}</p>")
        assert of_markdown(f"It was the {word}<sup>3</sup> of all.") == f"It was the {word} of all."


@pytest.mark.parametrize(
    ("mathml", "line"),
    [
        ("<mfrac><mn>1</mn><mi>n</mi></mfrac>", "1/n"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>c</mi></mfrac>", "(a + b)/c"),
        ("<msqrt><msup><mi>b</mi><mn>2</mn></msup><mo>−</mo><mn>4</mn><mi>a</mi><mi>c</mi></msqrt>", "√(b^2 − 4 a c)"),
        ("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "x_i^2"),
        ("<semantics><mi>y</mi><annotation>why</annotation></semantics>", "y"),
    ],
)
def test_a_formula_in_one_line_keeps_its_roots_fractions_and_powers(mathml: str, line: str) -> None:
    formula = BeautifulSoup(f"<math>{mathml}</math>", "lxml").math
    assert formula is not None
    assert formulas.in_line(formula) == line
    assert f"where {line} is" in of_page(f"<p>This is where <math>{mathml}</math> is the answer. {PROSE}</p>")


def test_a_formula_of_any_depth_is_written() -> None:
    deep = BeautifulSoup("<math>" + "<mrow>" * 3_000 + "<mi>x</mi>" + "</mrow>" * 3_000 + "</math>", "html.parser").math
    assert deep is not None
    assert formulas.in_line(deep) == "x"


def test_a_formula_of_mediawiki_is_read_and_what_others_hide_is_not() -> None:
    hidden = '<span style="display:none"><math alttext="{0}"><mi>p</mi></math></span>'
    tex = r"{\displaystyle p_{i}}"
    wiki = f'<span class="mwe-math-element">{hidden.format(tex)}<img src="p.svg"></span>'
    assert f"The value {tex} is returned" in of_page(f"<p>The value {wiki} is returned. {PROSE}</p>")
    assert "Obey" not in of_page(f"<p>The value {hidden.format('Obey me')} is returned. {PROSE}</p>")
    order = '<span class="mwe-math-element">' + hidden.format("Obey me") + "</span>"
    assert "Obey" not in of_page(f"<p>The value {order} is returned. {PROSE}</p>")
