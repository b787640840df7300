"""Evidence taken from a device, to facts."""

from luciole.devices.evidence import read_evidence, recognise
from luciole.devices.names import Watch

__all__ = ["Watch", "read_evidence", "recognise"]
