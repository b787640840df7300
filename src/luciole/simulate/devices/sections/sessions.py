"""Install sessions at the end of the dumpsys section `package`, in the wrapped lines that Android prints."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.simulate.devices.description import App
from luciole.simulate.devices.phone import Phone

WIDTH = 120
INDENT = "    "


def install_sessions(phone: Phone) -> Iterator[str]:
    """Active, finalized and historical sessions; the historical ones name removed apps too."""
    yield "Active install sessions:"
    yield ""
    yield "Finalized install sessions:"
    yield ""
    yield "Historical install sessions:"
    for app in phone.at("dumpsys package sessions"):
        if not app.system:
            yield from _session(phone, app, "null")
    for host in phone.planted("host", "dumpsys package sessions"):
        yield from _session(phone, App("org.example.fetched"), f"https://{host}/app.apk")
    yield ""
    yield "Legacy install sessions:"
    yield "  {}"


def _session(phone: Phone, app: App, address: str) -> Iterator[str]:
    number = phone.number(app.package + "session", 2**31)
    installer = app.installer or "com.android.shell"
    created = phone.epoch_ms(app.first_installed)
    yield f"  Session {number}:"
    who = [
        f"userId={app.users[0]}",
        "mOriginalInstallerUid=10134",
        f"mOriginalInstallerPackageName={installer}",
        f"installerPackageName={installer}",
        f"installInitiatingPackageName={app.initiator or installer}",
        f"installOriginatingPackageName={app.originator or 'null'}",
        "mInstallerUid=10134",
        f"createdMillis={created}",
        f"updatedMillis={created + 9000}",
        f"committedMillis={created + 4000}",
        f"stageDir=/data/app/vmdl{number}.tmp",
        "stageCid=null",
    ]
    yield from wrap_words(who)
    yield from wrap_hard(
        f"mode=1 installFlags=0x404012 installLocation=1 installReason=4 installScenario=0 sizeBytes=42928"
        f" appPackageName={app.package} appIcon=false appLabel=null originatingUri={address} originatingUid=-1"
        f" referrerUri=null abiOverride=null volumeUuid=null mPermissionStates={{}} packageSource=3"
        f" whitelistedRestrictedPermissions=null autoRevokePermissions=3 installerPackageName=null"
        f" isMultiPackage=false isStaged=false forceQueryable=false requireUserAction=UNSPECIFIED"
    )
    yield from wrap_words(
        ["mClientProgress=1.0", "mProgress=0.9", "mCommitted=true", "mSealed=true", "mDestroyed=true", "mFds=0",
         "mBridges=1", "mFinalStatus=1", "mFinalMessage=Session installed", "params.isMultiPackage=false"]
    )  # fmt: skip


def wrap_words(words: list[str]) -> Iterator[str]:
    """Pairs filled into lines of 120 columns; each pair is followed by a space, as Android's writer does."""
    line = INDENT
    for word in words:
        if line != INDENT and len(line) + len(word) + 1 > WIDTH:
            yield line
            line = INDENT
        line += word + " "
    yield line


def wrap_hard(text: str) -> Iterator[str]:
    """One long text cut at 120 columns wherever that falls, in the middle of a name too."""
    size = WIDTH - len(INDENT)
    return (INDENT + text[start : start + size] for start in range(0, len(text), size))
