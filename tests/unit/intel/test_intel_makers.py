"""Of vendor files only companies and articles are read: data about people appears nowhere."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from luciole.intel.formats import csv_table, echap, json_document
from luciole.intel.index import Index
from luciole.intel.merge import merge
from luciole.intel.model import Knowledge
from luciole.kernel.canon import canonical_json

MARK = "Zzyzx"  # stands in everything personal below
INVENTED = f"""
- company:
  - name: Example Company
  - website: company.example
  - country: Nowhere
  - founder: {MARK} Founder
  - email: {MARK}@company.example
  - phone_number: "+00 {MARK}"
  - people:
    - name: {MARK} Inside
- people:
  - {MARK} Person:
    - role: developer
    - email: {MARK}@example.com
    - linkedin: https://social.example/{MARK}
- {MARK}key: {MARK}
- emails: [{MARK}@example.org]
- twitter: {MARK}
- article:
  - https://news.example/story
  - ftp://{MARK}.example/
"""
BROKEN = f"people:\n  name: {MARK}\n {MARK}: *{MARK}\n"
FAMILIES = b"- name: ExampleSpy\n  type: stalkerware\n  packages: [org.example.spy]\n"


def everything(vendor: str) -> bytes:
    files = {"ioc.yaml": FAMILIES, "vendors/ExampleSpy.yaml": vendor.encode()}
    result = echap.read(files, "2026-01-01", replace(echap.SOURCE, published="2026-01-01"))
    knowledge, report = merge(Knowledge(), result, "2026-01-01")
    written = [*json_document.write(knowledge).values(), *csv_table.write(knowledge).values()]
    parts = [canonical_json(result), canonical_json(report), json_document.knowledge_bytes(knowledge)]
    return b"".join([*parts, *written, Index.build(knowledge)])


@pytest.mark.parametrize(
    "vendor",
    [
        INVENTED,
        BROKEN,
        f"people: {MARK}",
        f"company:\n  - {MARK}: x",
        f"- - people:\n    - {MARK}",
        f"a: &{MARK} b",
        f"? [{MARK}]: 1",
        f"!{MARK} a",
        f"%{MARK} 1\n---\na: 1",
        f"'{MARK}",
        f"a: '{MARK}\nb: \"{MARK}",
        f"@{MARK}",
    ],
)
def test_people_of_a_vendor_file_appear_nowhere(vendor: str) -> None:
    assert MARK.encode() not in everything(vendor)


def test_the_company_is_kept_for_members_and_never_exported() -> None:
    files = {"ioc.yaml": FAMILIES, "vendors/ExampleSpy.yaml": INVENTED.encode()}
    knowledge, _ = merge(Knowledge(), echap.read(files, "2026-01-01"), "2026-01-01")
    (company,) = knowledge.families[0].companies
    assert (company.name, company.websites, company.country) == ("Example Company", ("company.example",), "Nowhere")
    assert company.marking == "TLP:AMBER"
    assert knowledge.families[0].references == ("https://news.example/story",)
    exported = b"".join([*json_document.write(knowledge).values(), *csv_table.write(knowledge).values()])
    assert b"Example Company" not in exported
    assert b"org.example.spy" in exported
