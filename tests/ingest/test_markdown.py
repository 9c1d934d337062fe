import itertools

import pytest

from ingest import markdown
from ingest.markdown import parts
from ingest.structure import assemble
from ingest.types import BlockKind


def read(text: str) -> list[tuple[BlockKind, str]]:
    body, blocks = assemble(parts(text))
    return [(block.kind, body[block.start : block.end]) for block in blocks]


def test_links_and_emphasis_leave_their_words_and_images_leave_nothing() -> None:
    assert read("A **two-tower** [model](https://example.org) ![picture](x.png)`encodes` items.") == [
        (BlockKind.PARAGRAPH, "A two-tower model encodes items.")
    ]


def test_headings_keep_their_level() -> None:
    body, blocks = assemble(parts("# Title\n\n### Deep *one*\n"))
    assert [(body[b.start : b.end], b.level) for b in blocks] == [("Title", 1), ("Deep one", 3)]


def test_code_keeps_its_indentation() -> None:
    assert read("```python\ndef f():\n    return 1\n```") == [(BlockKind.CODE, "def f():\n    return 1")]


def test_a_table_becomes_a_row_a_line() -> None:
    assert read("| a | b |\n| - | - |\n| 1 | **2** |\n") == [(BlockKind.TABLE, "a | b\n1 | 2")]


def test_list_items_and_quotations_are_told_apart_from_paragraphs() -> None:
    assert [kind for kind, _ in read("- one\n- two\n\n> said\n\nplain")] == [
        BlockKind.LIST_ITEM, BlockKind.LIST_ITEM, BlockKind.QUOTE, BlockKind.PARAGRAPH,
    ]  # fmt: skip


def test_html_leaves_its_words_without_scripts_and_comments() -> None:
    text = "<div><p>Shown</p><script>alert(1)</script><!-- hidden --></div>\n\nA <b>bold</b> word."
    assert read(text) == [(BlockKind.PARAGRAPH, "Shown"), (BlockKind.PARAGRAPH, "A bold word.")]


def test_zero_width_characters_do_not_reach_the_text() -> None:
    assert read("ig\u200bnore\ufeff me") == [(BlockKind.PARAGRAPH, "ignore me")]


def test_what_other_dialects_leave_behind_is_removed() -> None:
    text = (
        "# Title\n\nGood [[src](http://x.example)] and fun <sup>[1](#a)</sup> and open** here, "
        "see [notes of spring](/notes/Spring 2021.pdf).\n\nPowers `x**y` and 2**3 stay."
    )
    parts = [part.text for part in markdown.read(text).parts]
    assert parts[1].split() == ["Good", "and", "fun", "and", "open", "here,", "see", "notes", "of", "spring."]
    assert parts[2] == "Powers x**y and 2**3 stay."


def test_a_title_stands_near_the_top_or_is_of_the_first_level() -> None:
    far = "\n\n".join(f"Paragraph {number}." for number in range(6))
    assert markdown.read(f"{far}\n\n## Details").title == ""
    assert markdown.read(f"{far}\n\n# The work").title == "The work"
    assert markdown.read("[badge](x)\n\n## The work\n\ntext").title == "The work"


def test_a_list_is_read_however_deep_it_is_indented() -> None:
    text = "\n".join(f"{'  ' * level}- Step {level} of the plan." for level in range(40))
    assert read(text) == [(BlockKind.LIST_ITEM, f"Step {level} of the plan.") for level in range(40)]


def test_html_in_markdown_keeps_its_tables_lists_and_headings() -> None:
    text = (
        '<h2 align="center">Archetypes</h2>\n\n'
        "<table><tr><th>kind</th><th>questions</th></tr><tr><td>1</td><td>2</td></tr></table>\n\n"
        "<ul><li>one</li><li>two</li></ul>\n\n<pre>def f():\n    return 1</pre>\n\n"
        "Term<br/>next <!-- left out\n\nover -->\n"
    )
    found = [(part.kind, part.text.strip()) for part in markdown.parts(text)]
    assert found == [
        (BlockKind.HEADING, "Archetypes"),
        (BlockKind.TABLE, "kind | questions\n1 | 2"),
        (BlockKind.LIST_ITEM, "one"),
        (BlockKind.LIST_ITEM, "two"),
        (BlockKind.CODE, "def f():\n    return 1"),
        (BlockKind.PARAGRAPH, "Term next"),
        (BlockKind.PARAGRAPH, "over"),
    ]


def test_a_number_in_brackets_before_a_colon_is_a_reference_and_no_link_mark() -> None:
    assert next(markdown.parts('<a name="one">[1]</a>: [Course](https://a.example): of 2019')).text.startswith(
        "[1]: Course"
    )
    assert next(markdown.parts("Which is it? [[src2](https://a.example)]")).text == "Which is it?"


def test_a_reference_to_a_page_is_a_link_by_its_name_and_a_way_to_the_top_is_nothing() -> None:
    text = (
        '## Content\n\n{% page-ref page="course/setting-up-projects/README.md" %}\n\n'
        "[back to top](#content)\n\n{% hint %}Stay.{% endhint %}\n"
    )
    found = markdown.read(text)
    assert [(part.kind, part.text) for part in found.parts] == [
        (BlockKind.HEADING, "Content"),
        (BlockKind.LIST_ITEM, "setting up projects"),
        (BlockKind.PARAGRAPH, "Stay."),
    ]
    assert "course/setting-up-projects/README.md" in found.links


def test_a_table_of_html_is_whole_though_blank_lines_and_markdown_stand_in_it() -> None:
    text = (
        "Before it.\n\n<table>\n  <tr>\n    <th>kind</th>\n\n    <th>questions</th>\n  </tr>\n\n  <tr>\n<td>\n\n"
        "**Bold** and [linked](https://a.example)\n\n</td>\n\n<td>\n\n- one\n- two\n\n</td>\n"
        "  </tr>\n\n</table>\n\nBehind it.\n"
    )
    assert read(text) == [
        (BlockKind.PARAGRAPH, "Before it."),
        (BlockKind.TABLE, "kind | questions\nBold and linked | one; two"),
        (BlockKind.PARAGRAPH, "Behind it."),
    ]


def test_a_table_that_is_never_closed_takes_nothing_with_it() -> None:
    found = read("<table>\n<tr><td>one</td>\n\n## The work\n\nA paragraph.\n")
    assert found[-2:] == [(BlockKind.HEADING, "The work"), (BlockKind.PARAGRAPH, "A paragraph.")]
    listed = read("- <table><tr>\n\n  <td>one</td>\n- two\n\n</table>\n\nA paragraph.\n")
    assert (BlockKind.LIST_ITEM, "two") in listed
    assert listed[-1] == (BlockKind.PARAGRAPH, "A paragraph.")


@pytest.mark.parametrize("end", ["  \n", "\\\n"])
def test_a_line_broken_on_purpose_ends_and_one_that_an_editor_wrapped_does_not(end: str) -> None:
    assert [part for _, part in read(f"Author: Ada Berg{end}Date: May 4")] == ["Author: Ada Berg", "Date: May 4"]
    assert [part for _, part in read(f"- Offline metrics{end}Recall at ten")] == ["Offline metrics", "Recall at ten"]
    assert [part for _, part in read(f"The queue of the{end}shop grew.")] == ["The queue of the shop grew."]
    assert [part for _, part in read(f"Features of the shop{end}...")] == ["Features of the shop ..."]
    assert [part for _, part in read(f"It grew.{end}Nobody looked.")] == ["It grew. Nobody looked."]
    long = "The queue of the shop grew for nine hours on Sunday, as the one of"
    assert [part for _, part in read(f"{long}{end}Larkfield had.")] == [f"{long} Larkfield had."]
    assert read(f"| a{end.strip()} |\n| - |\n") == [(BlockKind.TABLE, f"a{end.strip()}")]


@pytest.mark.parametrize(
    ("told", "published"),
    [
        ("2020-05-01", "2020-05-01"), ("2020-05-01T10:00:00Z", "2020-05-01"), ("2020-06-31", ""), ("soon", ""),
        ("2001-12-14t21:59:43.10-99:00", "2001-12-14"), ("!!timestamp x", ""), ("!!int x", ""), ("9" * 6_000, ""),
    ],
)  # fmt: skip
def test_a_date_that_is_none_costs_nothing_else(told: str, published: str) -> None:
    reading = markdown.read(f"---\ntitle: Notes\ndate: {told}\n---\nThe ranker reads forty features.\n")
    assert (reading.title, reading.published) == ("Notes", published)
    assert [part.text for part in reading.parts] == ["The ranker reads forty features."]


def test_lists_that_name_each_other_are_no_title() -> None:
    names = "abcdefghi"
    lists = "".join(f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in itertools.pairwise(names))
    reading = markdown.read(f"---\na: &a [words]\n{lists}title: *i\n---\n# A ranker\n\nIt reads.\n")
    assert reading.title == "A ranker"


@pytest.mark.parametrize("head", ["[" * 5_000, "a: " + "x " * 20_000])
def test_front_matter_without_end_is_text(head: str) -> None:
    assert markdown.read(f"---\n{head}\n---\nIt reads.\n").parts[-1].text == "It reads."
