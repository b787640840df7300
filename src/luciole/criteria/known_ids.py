"""The identifiers and sources that criteria may name: behaviours, checked ATT&CK Mobile techniques, reference hosts."""

from __future__ import annotations

BEHAVIOURS: dict[str, str] = {
    "K01": "location, geofence",
    "K02": "text messages read or intercepted",
    "K03": "call log",
    "K04": "call recording",
    "K05": "ambient audio",
    "K06": "photos, video, stream",
    "K07": "screen",
    "K08": "typed text",
    "K09": "notifications, chats",
    "K10": "contacts, calendar",
    "K11": "media, files",
    "K12": "browsing",
    "K13": "app usage, inventory",
    "K14": "clipboard",
    "K15": "device identifiers, SIM change",
    "K16": "commands from elsewhere",
    "K17": "block, lock or wipe from elsewhere",
    "K18": "installs further apps",
    "K20": "no icon on the home screen",
    "K21": "disguised name or icon",
    "K22": "hidden from recent apps",
    "K23": "secret opening",
    "K24": "no or blank notification",
    "K25": "suppresses privacy indicators",
    "K26": "hides messages and traces of commands",
    "K27": "removes itself",
    "K30": "starts by itself",
    "K31": "service that will not die",
    "K32": "blocks removal",
    "K33": "disables protection",
    "K34": "use of full control",
    "K35": "accessibility as bulk power",
    "K40": "installed from outside a store",
    "K41": "account or panel of another person",
    "K42": "marketing",
    "K43": "shared code base",
    "K44": "declared monitor",
    "K45": "insecure handling",
}
"""The behaviours catalogue, in the words of its entries."""

BEHAVIOUR_IDS = frozenset(BEHAVIOURS)

ATTACK_IDS: frozenset[str] = frozenset({
    "T1398", "T1404", "T1407", "T1409", "T1414", "T1417.001", "T1417.002", "T1418", "T1421",
    "T1422", "T1426", "T1429", "T1430", "T1430.001", "T1437", "T1447", "T1453", "T1481",
    "T1512", "T1513", "T1516", "T1517", "T1533", "T1541", "T1582", "T1603", "T1616",
    "T1624.001", "T1626.001", "T1628", "T1628.001", "T1628.002", "T1629.001", "T1629.002", "T1629.003", "T1630",
    "T1630.001", "T1636.001", "T1636.002", "T1636.003", "T1636.004", "T1655.001", "T1662",
})  # fmt: skip
"""Techniques of ATT&CK Mobile that the behaviours catalogue names."""

REFERENCE_HOSTS: frozenset[str] = frozenset({
    "stopstalkerware.org", "support.google.com", "source.android.com", "citizenlab.ca", "today.ucsd.edu",
    "ctvnews.ca", "arxiv.org", "privacyinternational.org", "petsymposium.org", "techsafety.org",
    "www.techsafety.org", "github.com", "www.newsy-today.com", "www.av-test.org", "scitepress.org",
    "fdocuments.net", "www.researchgate.net", "docslib.org", "support.apple.com", "developer.apple.com",
})  # fmt: skip
"""Hosts of the public pages that the mission's facts cite, and of the makers of the systems."""
