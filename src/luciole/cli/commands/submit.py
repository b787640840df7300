"""`luciole submit`: hands files in to a hub, because a person asks for it now."""

from __future__ import annotations

from pathlib import Path

import click

from luciole.cli import exit_codes, options
from luciole.cli.hub_address import named_hub

_TLP = ("clear", "green", "amber", "amber+strict", "red")
_PURPOSES = ("detection", "research", "support", "casework")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--tlp", required=True, type=click.Choice(_TLP), help="How far the files may travel (TLP 2.0).")
@click.option("--purpose", "purposes", multiple=True, type=click.Choice(_PURPOSES), help="What for; again for more.")
@click.option("--source", default="other", help="One word on where they come from.")
@click.option("--note", default="", help="For the members who may see them.")
@click.option("--embargo-until", default=None, help="Nobody else sees them before, such as 2026-03-01T00:00:00Z.")
@click.option("--from-survivor", is_flag=True, help="They come from a survivor's device; file names are not sent.")
@click.option("--consent", default="", help="Id of the consent statement that the survivor agreed to.")
@click.option("--hub", "address", default="", help="Address of the hub, instead of the one in the settings.")
@options.as_json
def command(
    files: tuple[Path, ...], tlp: str, purposes: tuple[str, ...], source: str, note: str, embargo_until: str | None,
    from_survivor: bool, consent: str, address: str, as_json: bool,
) -> int:  # fmt: skip
    """Hand FILES in to the hub of your coalition.

    Sends the files, and what you say of them here, to the hub that the settings name, and nothing else. Who may see
    them is what --tlp says. The same file twice is one sample with two hand-ins.
    """
    from luciole.client import About
    from luciole.kernel.canon import readable_json

    hub = named_hub(address)
    made = []
    for path in files:
        about = About(
            file_name=f"file{path.suffix}" if from_survivor else path.name, source=source, tlp=tlp, purposes=purposes,
            note=note, embargo_until=embargo_until, from_survivor=from_survivor, consent=consent,
        )  # fmt: skip
        made.append(hub.submit(path, about))
        if not as_json:
            click.echo(f"{made[-1].sha256}  {path.name}")
    if as_json:
        options.print_json(readable_json(made))
    return exit_codes.NOTHING_SEEN
