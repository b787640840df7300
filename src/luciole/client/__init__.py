"""The hub of a coalition from Python: hand in, search, read and fetch samples. Sends only what it is asked to."""

from luciole.client.documents import About, Comment, HandedIn, HandIn, Key, Organisation, SampleBrief, SampleWhole, Self
from luciole.client.failures import CannotReach, HubRefused
from luciole.client.hub import Hub

__all__ = [
    "About", "CannotReach", "Comment", "HandIn", "HandedIn", "Hub", "HubRefused", "Key", "Organisation", "SampleBrief",
    "SampleWhole", "Self",
]  # fmt: skip
