"""All settings of the hub: one table with help, from the environment, else a file; unsafe ones are refused."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from luciole.hub.site.proxies import networks_of

HUB_FILE = "hub.toml"
"""The settings file, in the data folder."""


class Setting(NamedTuple):
    """One setting. name: in the file; LUCIOLE_NAME in the environment; default: as text; secret: never shown."""

    name: str
    default: str
    help: str
    secret: bool = False

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return "LUCIOLE_" + self.name.upper()


TABLE: tuple[Setting, ...] = (
    Setting("hub", "", "The data folder; everything that is not in a database or object store of its own lies in it."),
    Setting("address", "http://127.0.0.1:8000", "Where people reach the hub; links in mails begin with it."),
    Setting("listen", "127.0.0.1:8000", "Where the server listens, HOST:PORT."),
    Setting(
        "listen_uploads",
        "",
        "A second place to listen at, HOST:PORT, for a proxy to send uploads to, so that nobody waits behind them.",
    ),
    Setting("database", "", "postgresql://USER:PASSWORD@HOST/NAME; empty: SQLite in the data folder.", secret=True),
    Setting(
        "blobs", "", "s3://KEY:SECRET@HOST/BUCKET?region=…&tls=yes; empty: a folder in the data folder.", secret=True
    ),
    Setting(
        "mail",
        "",
        "smtp://USER:PASSWORD@HOST:PORT?tls=starttls; empty: mails are only written to the data folder.",
        secret=True,
    ),
    Setting("mail_from", "hub@localhost", "The sender of mails."),
    Setting("workers", "2", "Server processes."),
    Setting("threads", "2", "Pages that a server process works on at once; more make every answer later."),
    Setting("job_workers", "1", "Processes that do jobs; 0 when they run elsewhere with `luciole hub worker`."),
    Setting("proxies", "", "Addresses of proxies whose forwarded client address is believed, separated by commas."),
    Setting(
        "private_networks",
        "",
        "Networks that are not public and in which webhooks and sign-in servers of members may be reached all the "
        "same, separated by commas; empty: the public internet alone.",
    ),
    Setting("quota_gib", "100", "How many GiB of samples may be kept."),
    Setting("fetches_a_day", "1000", "How many samples an organisation may fetch in a day."),
    Setting("silence_days", "14", "Days after which members who said nothing have agreed to a proposal."),
)


LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Names of this computer."""


def hosts(name: str) -> list[str]:
    """The names under which requests may come, when the address has this one; all of this computer are one."""
    return ["127.0.0.1", "localhost", "[::1]"] if name in LOOPBACK else [name]


class Settings(NamedTuple):
    """The settings as they hold. problems: why the hub must not start with them, in plain words."""

    folder: Path
    values: Mapping[str, str]
    problems: tuple[str, ...]

    def text(self, name: str) -> str:
        """A setting as it stands."""
        return self.values[name]

    def number(self, name: str) -> int:
        """A setting that is a whole number; checked when it was read."""
        return int(self.values[name])


def load(environment: Mapping[str, str], file: str = "") -> Settings:
    """The settings. environment: as the process has it; file: text of hub.toml. Unknown names are problems."""
    try:
        written = tomllib.loads(file)
    except tomllib.TOMLDecodeError as error:
        return Settings(
            Path(), {one.name: one.default for one in TABLE}, (f"The settings file cannot be read: {error}",)
        )
    values = {one.name: environment.get(one.variable, str(written.get(one.name, one.default))) for one in TABLE}
    unknown = sorted(set(written) - {one.name for one in TABLE})
    problems = (*(f"There is no setting {name}." for name in unknown), *_problems(values))
    return Settings(Path(values["hub"]), values, problems)


def _problems(values: Mapping[str, str]) -> Iterator[str]:
    if not values["hub"]:
        yield "No data folder is named: set LUCIOLE_HUB to one that `luciole hub init` made."
    yield from (
        f"{name} is not a whole number: {values[name]}"
        for name in ("workers", "threads", "job_workers", "quota_gib", "fetches_a_day", "silence_days")
        if not values[name].isdigit()
    )
    address = urlsplit(values["address"])
    if address.scheme not in {"http", "https"} or not address.hostname:
        yield f"address is not the address of a site: {values['address']}"
    elif address.scheme == "http" and address.hostname not in LOOPBACK:
        yield "address begins with http:// and is not on this computer: passwords and samples would travel in the open."
    if not _are_networks(values["private_networks"]):
        yield f"private_networks are no networks, such as 192.168.1.0/24: {values['private_networks']}"
    if values["database"] and urlsplit(values["database"]).scheme not in {"postgresql", "postgres"}:
        yield "database begins neither with postgresql:// nor is it empty."
    if values["blobs"] and urlsplit(values["blobs"]).scheme != "s3":
        yield "blobs begins neither with s3:// nor is it empty."
    if values["mail"] and urlsplit(values["mail"]).scheme not in {"smtp", "smtps"}:
        yield "mail begins neither with smtp:// nor with smtps:// nor is it empty."


def _are_networks(text: str) -> bool:
    try:
        networks_of(text)
    except ValueError:
        return False
    return True
