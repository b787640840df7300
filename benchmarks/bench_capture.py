"""A capture of 100 MB to facts and findings, beside tshark printing the same names from the same file."""

from __future__ import annotations

import shutil
from pathlib import Path

import processes
from luciole.assess.assess import Engine, assess
from luciole.devices.evidence import read_evidence
from luciole.simulate.network.write import write_large

MEGABYTES = 100
FIELDS = (
    "dns.qry.name", "dns.cname", "tls.handshake.extensions_server_name", "http.host", "ip.dst", "ipv6.dst",
    "x509sat.uTF8String", "tls.handshake.ja3",
)  # fmt: skip


def peer(path: Path) -> processes.Cost:
    """The names of the same capture as tshark prints them, which dissects every packet."""
    fields = [part for field in FIELDS for part in ("-e", field)]
    return processes.run([shutil.which("tshark") or "", "-n", "-r", str(path), "-T", "fields", *fields])


def measure(folder: Path, engine: Engine, now: str) -> dict[str, float]:
    """Costs of reading and assessing the capture, and those of tshark; without tshark its figures are missing."""
    path = write_large(folder / "capture.pcap", MEGABYTES)

    def everything() -> None:
        assess([read_evidence(path, watch=engine.index, now=now)], engine, created=now)

    ours = processes.call(everything)
    found = {"megabytes": path.stat().st_size / 1e6, "cpu_seconds": ours.cpu, "peak_mb": ours.peak_mb}
    if shutil.which("tshark"):
        theirs = peer(path)
        found |= {
            "tshark_cpu_seconds": theirs.cpu, "tshark_peak_mb": theirs.peak_mb, "to_tshark": ours.cpu / theirs.cpu,
        }  # fmt: skip
    return {name: round(value, 3) for name, value in found.items()}
