"""What an expert reads on paper: trees of reasons in few lines, each criterion explained once, nothing left out."""

from luciole.kernel.text import Translator
from luciole.packs.builtin import report_templates
from luciole.report import html, paper
from luciole.report.lines import CLOSES, OPENS, Line, isolate
from luciole.report.reasons import Step
from luciole.report.view import FindingGroup, FindingView, Page, SubjectView


def finding(name: str, why: str = "why", *seen: str) -> FindingView:
    observed = tuple(Line(one) for one in seen)
    return FindingView(
        id=name, title=name, observed=observed, meaning="meaning", why=why, ordinary=(f"{why} ordinary",)
    )


def page(*found: FindingView, language: str = "en") -> Page:
    translate = Translator(language)
    group = (FindingGroup("group", found),)
    subject = SubjectView(heading="app", code="dual-use", kind="app", rows=(), verdict="", meaning="", because="",
                          notes=(), next_steps=(), groups=group, undecided=())  # fmt: skip
    return Page(language=language, direction=translate.direction, title="", before=(), evidence=(), summary=(),
                unreadable=(), examined=(), not_examined_short=(), not_examined=(), blind_spots=(), subjects=(subject,),
                others=(), open_areas=(), limits=(), record=(), versions=())  # fmt: skip


def on_paper(shown: Page) -> str:
    translate = Translator(shown.language)
    return html.render(shown, translate, report_templates(), depth="expert", paged=True)


def test_leaves_of_one_node_stand_beside_each_other_and_nodes_on_lines_of_their_own() -> None:
    steps = [
        Step(0, "met", "all"),
        Step(1, "met", "a"),
        Step(1, "not met", "b", "not looked at: code"),
        Step(1, "met", "any"),
        Step(2, "met", "c"),
        Step(1, "met", "d"),
    ]
    space = paper.INDENT
    assert paper.outline(steps).split("\n") == [
        "[met] all",
        f"{space}[met] a; [not met] b not looked at: code",
        f"{space}[met] any",
        f"{space}{space}[met] c",
        f"{space}[met] d",
    ]


def test_two_nodes_without_anything_between_them_keep_their_own_lines() -> None:
    steps = [
        Step(0, "met", "not"),
        Step(1, "met", "not"),
        Step(2, "met", "a"),
        Step(1, "met", "not"),
        Step(2, "met", "b"),
    ]
    assert [line.strip(paper.INDENT) for line in paper.outline(steps).split("\n")] == [
        f"[met] {text}" for text in ("not", "not", "a", "not", "b")
    ]
    assert paper.outline([Step(0, "met", "only")]) == "[met] only"
    assert paper.outline([]) == ""


def test_a_criterion_is_explained_once_by_whatever_number_of_apps_it_was_met() -> None:
    shown = page(finding("b", "why", "first place"), finding("a"), finding("b", "why", "second place"))
    assert [one.id for one in paper.explained(shown)] == ["a", "b"]
    text = on_paper(shown)
    assert text.count("why ordinary") == 2
    assert "first place" in text
    assert "second place" in text


def test_explanations_that_differ_are_all_there() -> None:
    """A saved result may hold two that go by one name; neither hides the other."""
    assert len(paper.explained(page(finding("a", "one"), finding("a", "other")))) == 2


def test_foreign_text_keeps_its_marks_on_paper_where_it_could_change_the_direction() -> None:
    plain, arabic = isolate("org.example.app"), isolate("\u062a\u0637\u0628\u064a\u0642")
    found = finding("a", "why", plain, arabic)
    left_to_right, right_to_left = on_paper(page(found)), on_paper(page(found, language="ar"))
    assert plain not in left_to_right
    assert "org.example.app" in left_to_right
    assert arabic in left_to_right
    assert plain in right_to_left
    assert arabic in right_to_left
    assert "<bdi" not in left_to_right + right_to_left
    for text in (left_to_right, right_to_left):
        assert text.count(OPENS) == text.count(CLOSES)


def test_what_looks_like_markup_is_text_on_paper() -> None:
    text = on_paper(page(finding("<b>id", "<i>why", isolate("<script>alert(1)</script>"))))
    assert "<script" not in text
    assert "<b>" not in text
    assert "<i>" not in text
    assert "&lt;script&gt;" in text
