"""What the package itself carries: the compiled catalogue of criteria, the policy, and the report's templates."""

from __future__ import annotations

from importlib.resources import files

COMPILED = "catalogue.json"


def compiled_catalogue() -> bytes:
    """The agreed criteria and policy as canonical JSON, made from the YAML files by `make catalogue`."""
    return (files("luciole.criteria") / COMPILED).read_bytes()


def catalogue_files() -> dict[str, str]:
    """The YAML files of the catalogue by name, for listing with examples, lint and tests."""
    folder = files("luciole.criteria") / "catalogue"
    return {f.name: f.read_text("utf-8") for f in sorted(folder.iterdir(), key=str) if f.name.endswith(".yml")}


def policy_example_files() -> dict[str, str]:
    """The cases with the verdicts the policy must reach, by file name."""
    folder = files("luciole.criteria") / "policy_examples"
    return {f.name: f.read_text("utf-8") for f in sorted(folder.iterdir(), key=str) if f.name.endswith(".yml")}


def criteria_file(name: str) -> str:
    """One of the files beside the catalogue: policy.yml, lists.yml."""
    return (files("luciole.criteria") / name).read_text("utf-8")


def report_templates() -> dict[str, str]:
    """The texts that the HTML report is made of."""
    folder = files("luciole.report")
    return {f.name: f.read_text("utf-8") for f in folder.iterdir() if f.name.endswith((".jinja", ".css"))}


def warning_list_files() -> dict[str, bytes]:
    """The warning lists that the package carries, by name."""
    folder = files("luciole.intel.warninglists")
    return {f.name: f.read_bytes() for f in sorted(folder.iterdir(), key=str) if f.name.endswith(".yml")}
