"""Builds the texts, lists and maps of `strict_yaml` from the events of the YAML library, within bounds."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from luciole.intel.strict_yaml import Mapping, Node, Sequence, Text
from luciole.kernel.errors import ParseError

MAX_BYTES = 16 << 20
MAX_DEPTH = 24
MAX_NODES = 2_000_000


def read(data: bytes, file: str) -> Node:
    """As `luciole.intel.strict_yaml.read`."""
    if len(data) > MAX_BYTES:
        raise ParseError("larger than lists may be", file=file, limit=True)
    try:
        return _build(yaml.parse(data.decode("utf-8-sig"), Loader=yaml.CBaseLoader), file)
    except UnicodeDecodeError as error:
        raise ParseError("not UTF-8", file=file, offset=error.start) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        # what the reader says may quote the file, and files may name people: only its first, fixed words
        reason = (error.problem or "").partition("'")[0].strip()
        raise ParseError(f"line {line}: not valid YAML: {reason}", file=file) from None
    except yaml.YAMLError:
        raise ParseError("not valid YAML", file=file) from None


def _build(events: Iterator[yaml.Event], file: str) -> Node:
    root: Node | None = None
    stack: list[Sequence | Mapping] = []
    keys: list[Text | None] = []
    count = 0
    for event in events:
        node = _node(event, file)
        if node is not None:
            count += 1
            if count > MAX_NODES:
                raise ParseError("more values than lists may have", file=file, limit=True)
            if root is None:
                root = node
            elif stack:
                _attach(stack[-1], keys, node, file)
            else:
                raise ParseError(f"line {node.line}: a second document", file=file)
            if not isinstance(node, Text):
                stack.append(node)
                keys.append(None)
                if len(stack) > MAX_DEPTH:
                    raise ParseError(f"line {node.line}: nested too deeply", file=file, limit=True)
        elif isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
            keys.pop()
    if root is None:
        raise ParseError("empty", file=file)
    return root


def _node(event: yaml.Event, file: str) -> Node | None:
    mark = event.start_mark
    line = mark.line + 1 if mark is not None else 0
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise ParseError(f"line {line}: references are not allowed", file=file)
    if isinstance(event, yaml.ScalarEvent):
        return Text(event.value, line)
    if isinstance(event, yaml.SequenceStartEvent):
        return Sequence(line, [])
    if isinstance(event, yaml.MappingStartEvent):
        return Mapping(line, [])
    return None


def _attach(parent: Sequence | Mapping, keys: list[Text | None], node: Node, file: str) -> None:
    if isinstance(parent, Sequence):
        parent.items.append(node)
        return
    key = keys[-1]
    if key is not None:
        parent.pairs.append((key, node))
        keys[-1] = None
    elif isinstance(node, Text):
        keys[-1] = node
    else:
        raise ParseError(f"line {node.line}: a key that is no text", file=file)
