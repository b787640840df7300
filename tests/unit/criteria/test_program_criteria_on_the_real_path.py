"""Every criterion about programs is met by what the real readers make of some inert program, and by no ordinary one."""

import pytest

from agreed_criteria import catalogue
from luciole.apps.read import read_app
from luciole.criteria.evaluate import evaluate_all
from luciole.criteria.model import Criterion
from luciole.kernel.facts import FactSet
from luciole.kernel.outcome import Truth
from luciole.simulate.programs.apple import AppleProgram, build_macho
from luciole.simulate.programs.bundle import AppleApp, Profile, build_app_zip, build_ipa
from luciole.simulate.programs.demonstration import APPLE_FORMS, BUNDLE_FORMS, ORDINARY, WATCHING
from luciole.simulate.programs.package import Package, build_package
from luciole.simulate.programs.windows import WindowsProgram, build_program

COLLECTOR = WindowsProgram(
    imports={
        "user32.dll": ("AddClipboardFormatListener", "ShowWindow", "SendInput"),
        "d3d9.dll": ("Direct3DCreate9",),
        "wlanapi.dll": ("WlanGetNetworkBssList",),
        "winmm.dll": ("waveInOpen",),
        "avicap32.dll": ("capCreateCaptureWindowW",),
        "vaultcli.dll": ("VaultEnumerateItems",),
        "kernel32.dll": ("GetConsoleWindow", "CreateRemoteThread", "WriteProcessMemory", "VirtualAllocEx"),
    },
    strings=(
        "Set-MpPreference -DisableRealtimeMonitoring 1",
        "library/sms/sms.db",
        "keystroke log",
        "stealth mode",
        "Outlook.Application",
        "https://api.telegram.org/bot1:AA/sendDocument",
        "net localgroup administrators helper /add",
        "\\Device\\KeyboardClass0",
        "\\User Data\\Default\\History",
    ),
    version={"CompanyName": "Google LLC"},
    sections=("UPX0",),
    console=True,
)
IPHONE = AppleApp(
    info={
        "NSCameraUsageDescription": "To scan codes.",
        "NSPhotoLibraryUsageDescription": "To send pictures.",
        "NSContactsUsageDescription": "To find friends.",
        "NSLocationWhenInUseUsageDescription": "To find shops.",
    },
    extensions={"Cast": {"NSExtension": {"NSExtensionPointIdentifier": "com.apple.broadcast-services-upload"}}},
    profile=Profile(
        kind="development",
        devices=3,
        rights={"com.apple.developer.networking.networkextension": ["packet-tunnel-provider"]},
    ),
    program=AppleProgram(platform="ios", signer="own", rights={"platform-application": True}),
)
WINDOWS_OF_OTHERS = AppleProgram(imports=("_AXUIElementCopyAttributeValue",))
PEOPLE = AppleProgram(imports=("_OBJC_CLASS_$_CNContactStore",))
INSTALLER = Package(
    {
        "Property": (("ProductName", "Care"), ("ARPSYSTEMCOMPONENT", "1")),
        "CustomAction": (("a1", "powershell Add-MpPreference -ExclusionPath C:\\Care"),),
    }
)
MENU_BAR = AppleApp(platform="macos", info={"LSUIElement": True}, program=APPLE_FORMS[0])


def readings() -> list[FactSet]:
    made = [build_program(one) for one in (WATCHING, COLLECTOR, ORDINARY)]
    made += [build_macho(one) for one in (*APPLE_FORMS, WINDOWS_OF_OTHERS, PEOPLE)]
    made.append(build_package(INSTALLER))
    made += [build_ipa(BUNDLE_FORMS[0]), build_ipa(IPHONE), build_app_zip(MENU_BAR)]
    return [read_app(data, "program").subjects[0] for data in made]


def of_programs() -> list[Criterion]:
    return [one for one in catalogue().criteria if ".program-" in one.id]


def met_by(facts: FactSet) -> set[str]:
    return {one.criterion for one in evaluate_all(catalogue(), facts) if one.truth is Truth.MET}


@pytest.fixture(scope="module")
def met() -> set[str]:
    return {name for facts in readings() for name in met_by(facts)}


@pytest.mark.parametrize("criterion", of_programs(), ids=lambda one: one.id)
def test_a_criterion_is_met_by_a_program_that_was_really_read(criterion: Criterion, met: set[str]) -> None:
    assert criterion.id in met


def test_an_ordinary_program_meets_none_but_that_it_is_one_and_who_signed_it() -> None:
    facts = read_app(build_program(ORDINARY), "notes.exe").subjects[0]
    assert met_by(facts) <= {"context.program-file", "deliver.program-unsigned"}
