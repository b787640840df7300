"""Values that many share, such as hosting parents and test keys: a match on one never decides alone."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import msgspec

from luciole.intel import strict_yaml, values
from luciole.intel.model import IndicatorKey, ValueType
from luciole.kernel.errors import ContentError, ParseError

WarningKind = Literal["shared-hosting", "shared-address", "public-certificate", "shared-certificate", "doubtful-value"]


class WarningList(msgspec.Struct, frozen=True):
    """One list. values: (type, normalised value); networks: IPv4 ranges; parents: hosts whose lower names are tenants.

    about: one sentence for people; source: where the entries were taken from.
    """

    name: str
    kind: WarningKind
    about: str
    source: str
    values: tuple[tuple[ValueType, str], ...] = ()
    parents: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()


class Warned(NamedTuple):
    """The list a value stands on. tenant: the value is one customer's name below a shared parent, not the parent."""

    list_name: str
    tenant: bool


class Gate:
    """Answers for one value at a time whether it stands on a list; built once from all lists."""

    def __init__(self, lists: Iterable[WarningList]) -> None:
        self._exact: dict[tuple[ValueType, str], str] = {}
        self._parents: dict[str, str] = {}
        self._networks: list[tuple[int, int, str]] = []
        for entry in lists:
            self._exact.update(dict.fromkeys(entry.values, entry.name))
            self._parents.update(dict.fromkeys(entry.parents, entry.name))
            self._networks += [(*_bounds(network), entry.name) for network in entry.networks]

    def warned(self, kind: ValueType, value: str) -> Warned | None:
        """The list that warns of this normalised value, or None."""
        if kind == "url":
            return self._exact_only(kind, value) or self._host(values.host_of_url(value), tenant_by_path=True)
        if kind == "host":
            return self._exact_only(kind, value) or self._host(value)
        if kind == "ipv4":
            return self._exact_only(kind, value) or self._address(value)
        return self._exact_only(kind, value)

    def _exact_only(self, kind: ValueType, value: str) -> Warned | None:
        found = self._exact.get((kind, value))
        return Warned(found, tenant=False) if found else None

    def _host(self, name: str, *, tenant_by_path: bool = False) -> Warned | None:
        if name in self._parents:
            return Warned(self._parents[name], tenant=tenant_by_path)
        found = next((self._parents[parent] for parent in values.parents(name) if parent in self._parents), None)
        return Warned(found, tenant=True) if found else None

    def _address(self, value: str) -> Warned | None:
        number = int(ipaddress.IPv4Address(value))
        found = next((name for low, high, name in self._networks if low <= number <= high), None)
        return Warned(found, tenant=False) if found else None


def _bounds(network: str) -> tuple[int, int]:
    parsed = ipaddress.IPv4Network(network)
    return int(parsed.network_address), int(parsed.broadcast_address)


def read_warning_lists(files: Mapping[str, bytes]) -> tuple[WarningList, ...]:
    """The lists in `files` (name → YAML bytes), sorted by name; ContentError with every problem found.

    The lists of Luciole itself are the .yml files beside this module; the caller reads them.
    """
    problems: list[str] = []
    lists = []
    for file in sorted(files):
        try:
            lists.append(_read(files[file], file))
        except ParseError as error:
            problems.append(str(error))
    if problems:
        raise ContentError(problems)
    return tuple(lists)


def _read(data: bytes, file: str) -> WarningList:
    root = strict_yaml.read(data, file)
    if not isinstance(root, strict_yaml.Mapping):
        raise ParseError("a warning list is a map", file=file)
    fields = {key.value: value for key, value in root.pairs}
    unknown = set(fields) - {"name", "kind", "about", "source", "values", "parents", "networks"}
    if unknown:
        raise ParseError(f"unknown keys: {', '.join(sorted(unknown))}", file=file)
    kind = _text(fields, "kind", file)
    try:
        checked: WarningKind = msgspec.convert(kind, WarningKind)
    except msgspec.ValidationError:
        raise ParseError(f"no kind of warning list: {kind}", file=file) from None
    return WarningList(
        name=_text(fields, "name", file),
        kind=checked,
        about=_text(fields, "about", file),
        source=_text(fields, "source", file),
        values=tuple(sorted(_typed(text, file) for text in _texts(fields.get("values")))),
        parents=tuple(sorted(values.host(text.value) for text in _texts(fields.get("parents")))),
        networks=tuple(sorted(_network(text, file) for text in _texts(fields.get("networks")))),
    )


def _text(fields: Mapping[str, strict_yaml.Node], key: str, file: str) -> str:
    node = fields.get(key)
    if not isinstance(node, strict_yaml.Text) or not node.value:
        raise ParseError(f"'{key}' is missing", file=file)
    return node.value


def _texts(node: strict_yaml.Node | None) -> list[strict_yaml.Text]:
    items = node.items if isinstance(node, strict_yaml.Sequence) else []
    return [item for item in items if isinstance(item, strict_yaml.Text)]


def _typed(text: strict_yaml.Text, file: str) -> tuple[ValueType, str]:
    kind, _, value = text.value.partition(" ")
    try:
        checked: ValueType = msgspec.convert(kind, ValueType)
        return checked, values.normalise(checked, value)
    except (msgspec.ValidationError, ParseError):
        raise ParseError(f"line {text.line}: not 'type value': {text.value}", file=file) from None


def _network(text: strict_yaml.Text, file: str) -> str:
    try:
        return str(ipaddress.IPv4Network(text.value))
    except ValueError:
        raise ParseError(f"line {text.line}: not an IPv4 network: {text.value}", file=file) from None


def warned_keys(keys: Iterable[IndicatorKey], lists: Iterable[WarningList]) -> dict[IndicatorKey, Warned]:
    """Those of `keys` that stand on a list, with the list."""
    gate = Gate(lists)
    return {key: found for key in keys if (found := gate.warned(key[0], key[1])) is not None}
