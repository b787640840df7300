"""The API against requests made from its own description: no answer of 500, none that is not described."""
# ruff: noqa: F811 - fixtures come in by their names

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

sys.path.insert(0, str(Path(__file__).parent))

from api_making import Caller, an_api_vault, caller, handed, key_of  # noqa: F401 - fixtures
from vault_making import some

from luciole.hub.samples.models import HandIn
from luciole.hub.site import limits
from luciole.hub.site.api import PREFIX, api
from luciole.hub.site.limits import Limit

EXAMPLES = 12
DESCRIPTION = api.get_openapi_schema(path_prefix=PREFIX)
SCHEMA = schemathesis.openapi.from_dict(dict(DESCRIPTION))
OPERATIONS = [one.ok() for one in SCHEMA.get_all_operations()]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.label)
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda one: one.value)
def test_no_request_is_answered_by_what_is_not_described(
    operation: Any, mode: Any, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LIMITS", dict.fromkeys(limits.LIMITS, Limit(1_000_000, 1_000)))
    digest = handed(caller, some(1_000))["sha256"]
    known = {"sha256": digest, "hand_in": str(HandIn.objects.get().pk)}
    described = {int(one) for one in operation.definition.raw["responses"]}

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        paths = dict(case.path_parameters or {})
        case.path_parameters = paths | {name: value for name, value in known.items() if name in paths}
        answer = _send(caller, case)
        assert answer.status_code < 500 or answer.status_code == 503, answer.content
        assert answer.status_code in described | {304, 405}, (answer.status_code, answer.content)
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json"

    ask()


def _send(caller: Caller, case: Any) -> Any:
    sent = case.as_transport_kwargs(base_url="http://127.0.0.1:8000")
    import requests

    prepared = requests.Request(**{name: value for name, value in sent.items() if name in _PARTS}).prepare()
    headers = {
        name: value for name, value in prepared.headers.items() if name.lower() not in {"content-length", "host"}
    }
    body = prepared.body or b""
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    client = caller._client({})
    path = prepared.path_url
    kind = str(headers.pop("Content-Type", "application/octet-stream"))
    headers.pop("Authorization", None)
    try:
        return client.generic(prepared.method or "GET", path, data, kind, headers=_plain(headers))
    finally:
        client.cookies.clear()


_PARTS = frozenset({"method", "url", "params", "data", "json", "files", "headers"})


def _plain(headers: dict[str, Any]) -> dict[str, str]:
    return {
        name: value.decode("latin-1") if isinstance(value, bytes) else str(value) for name, value in headers.items()
    }
