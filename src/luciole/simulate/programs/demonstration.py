"""The inert programs that tests and demonstrations use: each form once, and one that fits programs that watch."""

from __future__ import annotations

from luciole.simulate.programs.apple import AppleProgram
from luciole.simulate.programs.bundle import AppleApp, Profile
from luciole.simulate.programs.package import Package
from luciole.simulate.programs.windows import WindowsProgram

WATCHING = WindowsProgram(
    imports={
        "user32.dll": ("SetWindowsHookExW", "ToUnicode", "GetForegroundWindow", "GetWindowTextW", "GetDesktopWindow"),
        "gdi32.dll": ("BitBlt",),
        "gdiplus.dll": ("GdipSaveImageToStream",),
        "wininet.dll": ("HttpSendRequestA",),
        "kernel32.dll": ("ExitProcess",),
    },
    strings=("https://collect.example.com/up", "[BACKSPACE]", "[ENTER]", "[CAPS LOCK]", "[CTRL]"),
    wide=("Software\\Microsoft\\Windows\\CurrentVersion\\Run",),
    version={"ProductName": "Inert Host", "FileDescription": "Windows Update", "ProductVersion": "1.0"},
)
"""An unsigned program that names what a record of typing needs; it does nothing."""
ORDINARY = WindowsProgram(
    imports={"user32.dll": ("CreateWindowExW", "GetMessageW"), "kernel32.dll": ("ExitProcess",)},
    strings=("https://www.example.com/help",),
    version={"ProductName": "Inert Notes", "FileDescription": "Inert Notes", "ProductVersion": "2.0"},
    signer="other",
)
"""A signed program for notes."""
WINDOWS_FORMS = (
    WATCHING, ORDINARY,
    WindowsProgram(imports={"ws2_32.dll": ("#4", "#19")}, late={"crypt32.dll": ("CryptUnprotectData",)}, narrow=True),
    WindowsProgram(sections=("UPX0", "UPX1"), behind=b"7z\xbc\xaf\x27\x1c" + bytes(64), console=True, signer="own"),
    WindowsProgram(dotnet=True, library=True, manifest='<requestedExecutionLevel level="requireAdministrator"/>'),
)  # fmt: skip
APPLE_FORMS = (
    AppleProgram(
        imports=("_CGEventTapCreate", "_CGWindowListCreateImage", "_OBJC_CLASS_$_NSURLSession"),
        strings=("https://collect.example.com/up", "Library/LaunchAgents"), signer="own", team="INERT12345",
        rights={"com.apple.security.get-task-allow": True, "com.apple.security.app-sandbox": False},
    ),
    AppleProgram(processor="x86-64", signer="ad-hoc", rights={"com.apple.security.device.camera": True}),
    AppleProgram(platform="ios", encrypted=True),
    AppleProgram(kind="library", filler=b"\1\2\3\4" * 512),
)  # fmt: skip
BUNDLE_FORMS = (
    AppleApp(
        info={
            "NSLocationAlwaysAndWhenInUseUsageDescription": "To show the way.",
            "NSMicrophoneUsageDescription": "To record notes.", "UIBackgroundModes": ["location", "audio"],
            "CFBundleURLTypes": [{"CFBundleURLSchemes": ["inert"]}],
        },
        program=AppleProgram(platform="ios", signer="own", imports=("_OBJC_CLASS_$_CLLocationManager",)),
        extensions={"Keys": {"NSExtension": {"NSExtensionPointIdentifier": "com.apple.keyboard-service"}}},
        labels={"fr": "Inerte"}, profile=Profile(rights={"aps-environment": "production"}),
    ),
    AppleApp(platform="macos", info={"LSUIElement": True}, program=APPLE_FORMS[0]),
)  # fmt: skip
PACKAGE_FORM = Package(
    tables={
        "Property": (("ProductName", "Inert Setup"), ("ProductVersion", "1.2.3"), ("Manufacturer", "Inert Makers"),
                     ("ARPSYSTEMCOMPONENT", "1")),
    },
)  # fmt: skip
"""A package that says that it hides from the list of programs."""
