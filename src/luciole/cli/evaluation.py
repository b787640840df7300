"""Shows an evaluation: as text for a terminal, and as the page of the reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from luciole.scale.evaluate import Bar, Evaluation, Figures, Group, Split
from luciole.scale.rates import LEVEL

_HALF_TITLES = {
    "test": "Test half",
    "development": "Development half",
    "afterwards": "Written afterwards, against the criteria",
    "later": "Written later, beyond Android, to find what slips through",
}

_HEAD = """# How often Luciole is wrong

<!-- Written by `make error-rates`; do not edit. -->

Luciole was run over {files} labelled pieces of evidence, each known to be honest or stalkerware-like, {known}.
No share stands alone: behind each stand the numbers it was counted from and its {level} % interval (Wilson).

| made with | |
|---|---|
| Luciole | {tool} |
| criteria | {criteria} |
| catalogue, SHA-256 | `{catalogue}` |
| policy | version {policy} |
| policy, SHA-256 | `{policy_digest}` |
| labels.csv, SHA-256 | `{set_digest}` |

*Missed* means: stalkerware-like, and Luciole says neither `behaves-like-stalkerware` nor `needs-a-person`. *False
alarm* means: honest, and called `known-stalkerware` or `behaves-like-stalkerware`. *Asked* means: honest, and called
`needs-a-person`, so that somebody looks at it without need.
"""

_WITHOUT = "**without any list of known apps**: what is measured here is what behaviour alone shows"
_WITH = "with the installed list of known apps"

_LIMITS = """
## What these figures say, and what they do not

- The set was **made by the authors of Luciole**, from inert descriptions: files that hold the permissions,
  components, names and texts of such apps, and no working program. The same people wrote the criteria. The
  descriptions follow published work on how such apps are built; they are not those apps.
- So the figures show that the criteria hold together: that a mechanism is seen when it is there, under other names,
  with other signers, alone and combined, and that honest neighbours are not hit. They do **not** show how often
  Luciole misses what is in use today. A program whose ways nobody described is not in the set.
- The intervals say how much chance alone could move a figure if the set were a random sample. **It is not one**:
  cases of one mechanism resemble each other, and how often each kind is met in the field is not known. The true
  uncertainty is larger.
- Honest apps that are hard to tell apart are far more frequent in the set than on a phone. A phone has hundreds of
  apps, so even a small share of false alarms would be met often.
- What must hold is asked of everything together. Most cases are Android's, so the sum says little about the other
  platforms: read their own rows in the table by platform. A capture shows servers and times. A program that reports
  now and then to a server with an ordinary name looks in it like any other program.
- Evidence beyond Android is little: see the intervals. There, the gravest verdict about anything in honest evidence
  counts, so that a phone of a company or school is `asked`.
- A phone is a simulated one with a few ordinary apps beside the labelled one. On a phone with an honest app, a false
  alarm about any of its apps counts.
- The halves were divided by a digest of each case's name, before anything was measured. Criteria and policy were
  changed while looking at the **development half** alone; of the test half only totals were looked at. A phone
  belongs to the half of its app.
- When that was done, further cases were written **to slip through**, and honest look-alikes to be mistaken. They stand
  apart, in neither half. They show what somebody can do who knows the criteria, and criteria are public.
- For the other platforms further cases were written later, to find what slips through, and then rules were changed to
  see their mechanisms. They stand apart too: after that they prove nothing, and before it they showed how badly the
  rules did on what nobody had thought of (the history below has both figures).
- What is missed by nature: a program that shows an icon, asks for what many apps ask for and says nothing in its file
  (`dual-use` is then the honest answer, and a question to the person who holds the phone); a program that uses full
  control of the phone without naming it; a program that fetches its functions later.
{history}
A set from the field would need: samples that several members of a coalition agreed on, honest apps drawn at random
from stores and from phones of people who agreed, evidence of several makers and versions, labels given by two people
who do not see Luciole's answer, and a count of cases on which they disagree. `luciole evaluate FOLDER` runs on such
a set as it is: one `labels.csv` beside the files.
"""


def text(evaluation: Evaluation) -> str:
    """The evaluation for a terminal."""
    return "\n".join(line for figures in evaluation.halves for line in _text_of(figures)) + "\n"


def _text_of(figures: Figures) -> Iterator[str]:
    yield f"{_HALF_TITLES[figures.half]}: {figures.stalkerware_like} stalkerware-like, {figures.honest} honest"
    for bar in figures.bars:
        yield f"  {'met    ' if bar.met else 'NOT met'} {bar.statement}\n          {bar.rate}"
    for title, columns, rows in _tables(figures):
        yield f"\n  {title}"
        for name, *cells in rows:
            shown = "; ".join(f"{column} {cell}" for column, cell in zip(columns[1:], cells, strict=True))
            yield f"    {name}: {shown}"
    yield ""


def page(evaluation: Evaluation, history: Sequence[str] | None = None) -> str:
    """The page of the reference, as Markdown.

    history: what was done with Luciole's own set, in order; None for any other set, about which only figures are told.
    """
    about = evaluation.knowledge
    head = _HEAD.format(
        files=sum(one.stalkerware_like + one.honest for one in evaluation.halves), level=LEVEL, tool=about.tool,
        criteria=about.criteria, catalogue=about.catalogue, policy=about.policy,
        known=_WITH if about.index else _WITHOUT, policy_digest=evaluation.policy_digest,
        set_digest=evaluation.set_digest,
    )  # fmt: skip
    parts = [head, *(part for figures in _published(evaluation) for part in _page_of(figures))]
    return "\n".join(parts if history is None else [*parts, _LIMITS.format(history=_history(history))])


def _history(history: Sequence[str]) -> str:
    lines = "".join(f"{number}. {line}\n" for number, line in enumerate(history, start=1))
    return f"\nWhat was done with the set, in order:\n\n{lines}" if lines else ""


def _published(evaluation: Evaluation) -> list[Figures]:
    """The test half first: it is what counts."""
    return sorted(evaluation.halves, key=lambda one: list(_HALF_TITLES).index(one.half))


def _page_of(figures: Figures) -> Iterator[str]:
    yield f"## {_HALF_TITLES[figures.half]}\n"
    yield (
        f"{figures.stalkerware_like} stalkerware-like and {figures.honest} honest; "
        f"{figures.answers_differ} different sets of met criteria.\n"
    )
    if figures.bars:
        yield _table(("what must hold", "found", "met"), map(_bar_row, figures.bars))
    if figures.half in {"afterwards", "later"}:
        yield "### By verdict\n"
        yield _table(("verdict", "stalkerware-like", "honest"), _split_rows(figures.verdicts))
        yield "### By platform\n"
        yield _table(("platform", "missed", "false alarms", "asked"), _group_rows(figures.platforms))
    elif figures.half == "test":
        for title, columns, rows in _tables(figures):
            yield f"### {title}\n"
            yield _table(columns, rows)
    else:
        yield "### By mechanism, only where something was missed\n"
        yield _table(
            ("mechanism", "missed"), ((one.name, str(one.missed)) for one in figures.mechanisms if one.missed.count)
        )


def _bar_row(bar: Bar) -> tuple[str, ...]:
    return bar.statement, str(bar.rate), "yes" if bar.met else "**no**"


Table = tuple[str, tuple[str, ...], list[tuple[str, ...]]]
"""A title, the names of the columns, and the rows."""


def _tables(figures: Figures) -> Iterator[Table]:
    sides = ("stalkerware-like", "honest")
    errors = ("missed", "false alarms", "asked")
    yield "By verdict", ("verdict", *sides), _split_rows(figures.verdicts)
    yield "By platform", ("platform", *errors), _group_rows(figures.platforms)
    yield "By kind of evidence", ("evidence", *errors), _group_rows(figures.evidence)
    yield "Missed, by mechanism", ("mechanism", "missed"), [(one.name, str(one.missed)) for one in figures.mechanisms]
    yield (
        "False alarms, by kind of honest app",
        ("kind", "false alarms", "asked"),
        [(one.name, str(one.false_alarms), str(one.asked)) for one in figures.honest_kinds],
    )
    yield "By rule of the policy that decided", ("rule", *sides), _split_rows(figures.rules)
    yield "By criterion that was met", ("criterion", *sides), _split_rows(figures.criteria)


def _split_rows(rows: Iterable[Split]) -> list[tuple[str, ...]]:
    return [(one.name, str(one.stalkerware_like), str(one.honest)) for one in rows]


def _group_rows(rows: Iterable[Group]) -> list[tuple[str, ...]]:
    return [(one.name, str(one.missed), str(one.false_alarms), str(one.asked)) for one in rows]


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"
