"""The hub in every language it offers: whole catalogues, pages and errors without a word of English left in them."""

from __future__ import annotations

import ast
import gettext
import html
import importlib
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polib
import pytest
from authorisation_cases import cases_of, filled
from authorisation_routes import PAGES
from authorisation_world import HOSTILE, Guest, World, a_world
from django.conf import LazySettings, settings
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real
from pytest_django import DjangoDbBlocker
from test_authorisation_matrix import undone

from luciole.guidance.languages import LANGUAGES
from luciole.hub.audit.models import Entry
from luciole.hub.audit.names import ACTIONS
from luciole.hub.audit.services import record
from luciole.hub.members.access import actor_of_person
from luciole.hub.members.mails import SUBJECTS, Recipient, write
from luciole.hub.members.models import Person
from luciole.hub.members.words import Role
from luciole.hub.samples import sample_page
from luciole.hub.site import catalogues
from luciole.hub.site.passwords import NotTooLong
from luciole.hub.site.sentences import Sentence, counted, in_words, sentence
from luciole.hub.site.templating import moment, number, written
from luciole.kernel.errors import LucioleError
from luciole.kernel.text import Translator

ROOT = Path(__file__).parents[2]
HUB = ROOT / "src" / "luciole" / "hub"
sys.path.insert(0, str(ROOT / "tools"))
sys.path.insert(0, str(ROOT / "tests" / "safety"))
tool = importlib.import_module("hub_languages")
faults = importlib.import_module("words").faults

OFFERED = [code for code, _ in catalogues.offered() if code != "en"]
TRIED = "de"
"""A language that the kit has and the hub has not: its texts are set between signs, so that others are told apart."""
OPEN, CLOSE = "⟦", "⟧"
PLACES = re.compile(r"\{\w*\}|%\(\w+\)[sd]")
PEOPLE = ("every role, security", "coordinator of no member", "nobody")


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(tool.catalogue(language)))


def places(text: str) -> list[str]:
    return sorted(PLACES.findall(text))


def test_english_and_french_are_offered() -> None:
    assert [code for code, _ in settings.LANGUAGES][:2] == ["en", "fr"]
    assert dict(settings.LANGUAGES)["fr"] == "Français"


def test_a_language_that_is_not_compiled_is_not_offered(tmp_path: Path) -> None:
    assert catalogues.offered(tmp_path) == [("en", "English")]
    (tmp_path / "ar" / "LC_MESSAGES").mkdir(parents=True)
    assert catalogues.offered(tmp_path) == [("en", "English")]
    (tmp_path / "ar" / catalogues.COMPILED).write_bytes(b"")
    assert catalogues.offered(tmp_path) == [("en", "English"), ("ar", LANGUAGES["ar"].name)]


@pytest.mark.parametrize("language", OFFERED)
def test_a_catalogue_has_every_text_of_the_hub_and_no_other(language: str) -> None:
    wanted = {(one.msgctxt, one.msgid, one.msgid_plural) for one in tool.template()}
    kept = catalogue(language)
    assert {(one.msgctxt, one.msgid, one.msgid_plural) for one in kept} == wanted
    assert [one.msgid for one in kept if not one.translated() or one.fuzzy or one.obsolete] == []
    assert len(wanted) > 900


@pytest.mark.parametrize("language", OFFERED)
def test_translations_have_the_places_of_their_sentences(language: str) -> None:
    wrong = [
        one.msgid
        for one in catalogue(language)
        for text in (one.msgstr_plural.values() if one.msgid_plural else [one.msgstr])
        if places(text) != places(one.msgid_plural or one.msgid) or text.strip() != text
    ]
    assert wrong == []


@pytest.mark.parametrize("language", OFFERED)
def test_what_is_compiled_is_what_the_catalogue_says(language: str) -> None:
    compiled = polib.mofile(str(catalogues.LOCALE / language / catalogues.COMPILED))
    read = {(one.msgctxt, one.msgid): (one.msgstr, dict(one.msgstr_plural)) for one in compiled}
    assert read == {(one.msgctxt, one.msgid): (one.msgstr, dict(one.msgstr_plural)) for one in catalogue(language)}


@pytest.mark.parametrize("language", OFFERED)
def test_plural_forms_are_those_that_agree_with_cldr(language: str) -> None:
    kept = catalogue(language)
    header = kept.metadata["Plural-Forms"]
    assert header == LANGUAGES[language].plural
    count = int(header.removeprefix("nplurals=").partition(";")[0])
    choose = gettext.c2py(header.partition("plural=")[2].rstrip(";"))
    assert {len(one.msgstr_plural) for one in kept if one.msgid_plural} == {count}
    assert {choose(one) for one in range(201)} == set(range(count))


def _is_sentence(text: str) -> bool:
    return text.rstrip().endswith((".", ":", "!", "?"))


def _judged(text: str, language: str) -> list[str]:
    """What is wrong with a text. A button may name what it does to things of the hub: that advises nobody."""
    advice = ("advises to change the device", "fr: conseille de changer l'appareil")
    return [one for one in faults(text, language) if _is_sentence(text) or not one.startswith(advice)]


@pytest.mark.parametrize("language", ["en", *OFFERED])
def test_texts_of_the_hub_are_plain_and_calm(language: str) -> None:
    if language == "en":
        texts = [text for one in tool.template() for text in (one.msgid, one.msgid_plural)]
    else:
        texts = [text for one in catalogue(language) for text in (one.msgstr, *one.msgstr_plural.values())]
    assert len(texts) > 900
    assert [f"{fault} in {text!r}" for text in texts if text for fault in _judged(text, language)] == []


@pytest.mark.parametrize("text", ["Ce téléphone est infecté.", "la victime", "Votre appareil est propre"])
def test_the_words_of_the_hub_are_really_judged(text: str) -> None:
    assert _judged(text, "fr") != []


# What templates say by themselves


_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_SAID = re.compile(r'\b(?:alt|title|aria-label|placeholder|data-[a-z]+)="([^"]*)"')
_NO_WORDS = {"Luciole", "– Luciole", "TLP:", "SHA-256", "ltr", "luc_"}
TEMPLATES = sorted(HUB.rglob("*.j2"))


def _bare(path: Path) -> Iterator[str]:
    text = _JINJA.sub("\0", path.read_text("utf-8"))
    yield from re.sub(r"<[^>]*>", "\0", text).split("\0")
    yield from (found.replace("\0", "") for found in _SAID.findall(text))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_template_says_nothing_that_is_not_translated(path: Path) -> None:
    said = {text.strip() for text in _bare(path) if re.search(r"[^\W\d_]{2,}", text)}
    machine = {"make", "use"}
    assert {one for one in said - _NO_WORDS - machine if not re.fullmatch(r"[/?=&#]\S*", one)} == set()


def test_the_test_of_templates_can_fail(tmp_path: Path) -> None:
    path = tmp_path / "x.html.j2"
    path.write_text('<p class="small">{{ _("One") }} Two</p><img alt="Three">')
    assert [one.strip() for one in _bare(path) if one.strip()] == ["Two", "Three"]


# Errors


_ROOMS = ("samples", "members", "hooks", "audit")


def _errors(room: str) -> Iterator[tuple[str, ast.Call]]:
    """Errors with a message that are raised where pages and the API tell them."""
    told = _classes()
    for path in sorted((HUB / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            call = node.exc if isinstance(node, ast.Raise) else None
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in told and call.args:
                yield f"{path.relative_to(HUB)}:{call.lineno}", call


def _classes() -> set[str]:
    from luciole.hub.hooks import services as hooks
    from luciole.hub.members import api_keys, invitations, joining, sign_in_servers
    from luciole.hub.members import services as members
    from luciole.hub.samples import failures, fetching

    del fetching  # defines one more

    def below(kind: type) -> Iterator[type]:
        yield kind
        for one in kind.__subclasses__():
            yield from below(one)

    named: list[type] = [
        failures.SampleError, hooks.HookRefused, members.MemberProblem, api_keys.KeyRefused,
        invitations.InvitationProblem, joining.NotAtThisStep, sign_in_servers.ServerRefused,
    ]  # fmt: skip
    return {one.__name__ for kind in named for one in below(kind)}


@pytest.mark.parametrize("room", _ROOMS)
def test_what_errors_say_to_people_can_be_translated(room: str) -> None:
    wrong = [
        place
        for place, call in _errors(room)
        for value in (call.args[0], *(one.value for one in call.keywords if one.arg == "remedy"))
        if isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and isinstance(value.value, str))
    ]
    assert wrong == []


def test_a_sentence_is_english_for_programs_and_translated_with_its_values() -> None:
    made = sentence("A comment has at most {most} characters.", most=4000)
    assert made == "A comment has at most 4,000 characters."
    error = LucioleError(made, remedy="Stop one, or wait.")
    assert in_words(error) == "A comment has at most 4,000 characters. Stop one, or wait."
    with translation.override("fr"):
        said = in_words(error)
    assert said == "Un commentaire a au plus 4\xa0000 caractères. Arrêtez-en une, ou attendez."


def test_a_sentence_about_several_things_has_the_plural_of_its_language() -> None:
    texts = (
        "Your organisation fetched {count} sample within a day, which is all it may.",
        "Your organisation fetched {count} samples within a day, which is all it may.",
    )
    with translation.override("fr"):
        said = [counted(*texts, number).translated() for number in (0, 1, 2)]
    assert ["échantillons" in one for one in said] == [False, False, True]
    assert [isinstance(one, Sentence) for one in said] == [False] * 3
    assert counted(*texts, 0).startswith("Your organisation fetched 0 samples")


def test_the_words_of_django_are_translated_too() -> None:
    from luciole.hub.members.forms import KeyForm
    from luciole.hub.members.words import Kind
    from luciole.hub.samples.views import size_text

    with translation.override("fr"):
        form = KeyForm({"days": "9999"}, kind=Kind.SECURITY)
        assert form.errors["name"] == ["Ce champ est obligatoire."]
        assert form.errors["days"] == ["Assurez-vous que cette valeur est inférieure ou égale à 366."]
        assert number(1234567.5) == "1\xa0234\xa0567,5"
        assert size_text(3 << 20) == "3,0\xa0Mio"
        with pytest.raises(ValidationError, match="caractères"):
            NotTooLong().validate("x" * 1000)


def test_reports_on_samples_also_know_the_texts_of_the_hub() -> None:
    with translation.override("fr"):
        translate = sample_page.translator()
        assert translate("the reader did not answer") == "la lecture n’a pas répondu"
        assert translate("What was kept of it is damaged: {why}", why="x") == "Ce qui en était gardé est abîmé\xa0: x"
        assert translate("Signer") == "Signataire"
        assert translate("") == ""


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_mail_in_french_has_no_line_in_english(name: str) -> None:
    at = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)
    values = {"link": "https://hub.example.org/x", "note": "", "until": at, "hours": 1, "person": None}
    mail = write(name, Recipient("a@example.org", "fr"), values)
    said = {mail.subject, *map(str.strip, mail.body.splitlines())} - {"", values["link"]}
    assert said & set(english()) == set()
    assert mail.extra_headers["Content-Language"] == "fr"
    assert "Bonjour," in said
    assert ("1 mars 2026 14:05 UTC" in mail.body) is (name == "invitation")


def test_a_person_reads_times_of_their_own_zone(
    a_person: Callable[..., Person], signed_in: Callable[..., Client]
) -> None:
    person = a_person(Role.OWNER)
    Person.objects.filter(pk=person.pk).update(time_zone="Pacific/Kiritimati", language="fr")
    record("account.change", actor_of_person(person, second_factor=True), "person", person.pk)
    entry = Entry.objects.latest("sequence")
    here = entry.at.astimezone(ZoneInfo("Pacific/Kiritimati"))
    page = signed_in(person).get("/log/").content.decode()
    assert f"{here.year} {here:%H:%M}</time>" in page
    Person.objects.filter(pk=person.pk).update(time_zone="Nowhere/Here")
    assert signed_in(person).get("/log/").status_code == 200


def test_times_are_written_as_people_of_the_language_write_them() -> None:
    at = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)
    with translation.override("fr"):
        assert moment(at) == '<time datetime="2026-03-01T14:05:00+00:00">1 mars 2026 14:05</time>'
        assert written(at) == "1 mars 2026 14:05 UTC"


def test_every_action_that_is_logged_has_a_name() -> None:
    logged: set[str] = set()
    for path in sorted(HUB.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "record":
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant):
                    logged.add(first.value)
    assert len(logged) > 40
    assert logged - set(ACTIONS) == set()


# Pages


class Texts(HTMLParser):
    """What a page says: its texts and the attributes that are read aloud, without data and what is in its own language.

    Data stands in elements of its own, which is tested elsewhere.
    """

    DATA = frozenset({"code", "bdi", "time", "pre", "script", "style", "blockquote", "textarea"})
    VOID = frozenset({"input", "img", "link", "meta", "br", "line", "rect"})
    SAID = ("alt", "title", "aria-label", "placeholder")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._within: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        in_its_own = tag not in {"html", "article"} and "lang" in named
        is_data = tag in self.DATA or in_its_own or "aria-hidden" in named or named.get("name") == "time_zone"
        if not any(self._within) and not is_data:
            spoken = [named.get(name) for name in self.SAID]
            self.found += [one for one in spoken if one]
            self.found += [
                value
                for name, value in attrs
                if value and name.startswith("data-") and " " in value and value[0] != "{"
            ]
        if tag not in self.VOID:
            self._within.append(is_data)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID and self._within:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._within) and data.strip():
            self.found.append(data.strip())


def texts_of(page: str) -> list[str]:
    parser = Texts()
    parser.feed(page)
    return parser.found


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[World]:
    del django_db_setup
    with django_db_blocker.unblock(), a_world(tmp_path_factory.mktemp("languages")) as made:
        yield made


def pages_for(world: World, guest: Guest) -> Iterator[tuple[str, Any]]:
    """Every page that this guest may see, once as it is and once after an empty form was sent."""
    for route in PAGES:
        cases = [one for one in cases_of(route, world, guest) if one.target is not None][:2]
        for path in dict.fromkeys(filled(route, one) for one in cases):
            for method in ("GET", "POST"):
                kept = guest.client.cookies.output(header="", sep=";")
                with undone():
                    answer = getattr(guest.client, method.lower())(path)
                    guest.client.cookies = SimpleCookie(kept)
                    if not answer.streaming and answer.content.startswith(b"<!doctype html>"):
                        yield f"{method} {path}", answer


def speaking(world: World, name: str, language: str) -> Guest:
    guest = next(one for one in world.guests if one.name == name)
    Person.objects.filter(pk=guest.actor.person or None).update(language=language)
    guest.client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return guest


def english() -> dict[str, str]:
    """Sentences of the hub that are others in French."""
    same = {one.msgid for one in catalogue("fr") if one.msgstr == one.msgid}
    return {html.unescape(one.msgid): one.comment for one in catalogue("fr") if one.msgid not in same}


@pytest.mark.django_db
@pytest.mark.parametrize("name", PEOPLE)
def test_no_page_in_french_has_a_text_of_the_hub_in_english(world: World, name: str) -> None:
    guest, known = speaking(world, name, "fr"), english()
    seen = 0
    for place, answer in pages_for(world, guest):
        seen += 1
        page = answer.content.decode()
        assert answer.headers["Content-Language"] == "fr", place
        assert {"Accept-Language", "Cookie"} <= {one.strip() for one in answer.headers["Vary"].split(",")}, place
        assert '<html lang="fr" dir="ltr">' in page, place
        assert [text for text in texts_of(page) if text in known] == [], place
    assert seen > (15 if name == "nobody" else 60)


class _Set:
    """Sets everything that goes through translation between signs, in one language."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        for name in ("gettext", "ngettext", "pgettext", "npgettext"):
            self._set(patch, trans_real.DjangoTranslation, name, lambda one: one.language())
        for name in ("__call__", "count"):
            self._set(patch, Translator, name, lambda one: one.language)

    def _set(self, patch: pytest.MonkeyPatch, kind: type, name: str, language: Any) -> None:
        plain = getattr(kind, name, None)
        if plain is None:
            return

        def marked(one: Any, *arguments: Any, **named: Any) -> str:
            said = plain(one, *arguments, **named).rpartition(trans_real.CONTEXT_SEPARATOR)[2]
            return f"{OPEN}{said}{CLOSE}" if said and language(one) == TRIED else said

        patch.setattr(kind, name, marked)


_MARKED = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
_SHORTENED = re.compile(f"{OPEN}[^{OPEN}{CLOSE},()]*")
"""A name without its explanation: what closes it was taken away."""
_DATA = re.compile(
    r"English|Français|Deutsch|(Organisation|Person) \d+|\w+@example\.org|Luciole|SHA-(256|1)|MD5|TLP:\S+|FR|age"
    r"|[0-9a-f]{16,}"
)


def unmarked(text: str) -> str:
    """What of a text did not go through translation, without the data of this test."""
    before = ""
    while text != before:
        before, text = text, _MARKED.sub("", text)
    return _DATA.sub("", _SHORTENED.sub("", text.replace(HOSTILE, "")))


@pytest.mark.django_db
@pytest.mark.parametrize("name", PEOPLE)
def test_every_word_of_every_page_is_data_or_went_through_translation(
    world: World, name: str, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LANGUAGES = [*settings.LANGUAGES, (TRIED, "Deutsch")]
    _Set(monkeypatch)
    guest = speaking(world, name, TRIED)
    wrong: set[tuple[str, str]] = set()
    for place, answer in pages_for(world, guest):
        said = texts_of(answer.content.decode())
        wrong |= {(place, one) for one in said if re.search(r"[^\W\d_]{2,}", unmarked(one))}
    assert not wrong, "\n".join(f"{place}: {text}" for place, text in sorted(wrong))


def test_the_test_of_pages_can_fail() -> None:
    page = '<html lang="de"><p>⟦One⟧ Two</p><code>three</code><img alt="Four"><option lang="en">Five</option></html>'
    assert [unmarked(one).strip() for one in texts_of(page)] == ["Two", "Four"]


@pytest.mark.django_db
def test_errors_of_the_api_are_in_the_language_that_is_asked_for() -> None:
    answer = Client().get("/api/v1/samples", headers={"Accept-Language": "fr"})
    assert answer.headers["Content-Language"] == "fr"
    assert answer.headers["Vary"] == "Accept-Language"
    assert answer.json()["detail"].startswith("Envoyez une clé d’API valable")
