"""Fuzz target: any bytes as the image that an app names as its icon."""

import contextlib

from luciole.apps.apk.icon import read_icon
from luciole.apps.apk.resources import Table as Reader
from luciole.kernel.errors import ParseError
from luciole.simulate.apps.resources import Table

NAMES = ("icon.png", "icon.webp", "icon.xml", "icon")


def target(data: bytes) -> None:
    """Looks at `data` under the names that images have; the icon's size is what was read."""
    for name in NAMES:
        table = Table("org.example.app")
        resource = table.add("mipmap", "icon", name)
        with contextlib.suppress(ParseError):
            icon = read_icon(resource, Reader(table.write(), []), {name.encode(): data}.__getitem__, {name.encode()})
            assert icon is not None
            assert icon.size == len(data)
