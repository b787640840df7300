"""One iPhone for demonstrations and tests: ordinary apps, one that came past the store, and a profile to ask about."""

from __future__ import annotations

from luciole.simulate.devices.ios.description import App, Grant, IosDescription, Payload, Profile, Shortcut

_ASKED = ("kTCCServiceMicrophone", "kTCCServiceCamera", "kTCCServiceAddressBook", "kTCCServicePhotos")


def demonstration() -> IosDescription:
    """The description; nothing in it names a real app, server or person."""
    everything = tuple(Grant(service) for service in _ASKED)
    parts = (
        Payload("com.apple.mdm", {"ServerURL": "https://mdm.example.org/connect", "AccessRights": 8191}),
        Payload("com.apple.security.root", {"PayloadCertificateFileName": "Example Root"}),
        Payload("com.apple.notificationsettings"),
    )
    return IosDescription(
        apps=(
            App("org.example.chat", "Example Chat", grants=everything, location="when-in-use", sent=9_000_000),
            App("org.example.family", "Example Family", location="always"),
            App("org.example.sync.A1B2C3D4E5", origin="sideloaded", grants=everything[:2], location="always"),
            App("org.example.notes", "Example Notes", origin="testflight"),
            App("org.example.gone", removed=True),
        ),
        profiles=(Profile("org.example.profile", "Example", parts, removal_disallowed=True),),
        shortcuts=(Shortcut(("getcurrentlocation", "sendmessage"), automation=True, asks=False),),
    )
