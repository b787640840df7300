"""Small lists for computers, each entry with its reason: known remote tools, names of system parts, sites of protection."""

from __future__ import annotations

REMOTE_TOOLS: dict[str, tuple[str, str]] = {
    "teamviewer": ("TeamViewer", "help"),
    "anydesk": ("AnyDesk", "help"),
    "rustdesk": ("RustDesk", "help"),
    "ultraviewer": ("UltraViewer", "help"),
    "supremo": ("Supremo", "help"),
    "aeroadmin": ("AeroAdmin", "help"),
    "ammyy": ("Ammyy Admin", "help"),
    "alpemix": ("Alpemix", "help"),
    "getscreen": ("Getscreen.me", "help"),
    "hoptodesk": ("HopToDesk", "help"),
    "iperius": ("Iperius Remote", "help"),
    "dwagent": ("DWService", "help"),
    "dwservice": ("DWService", "help"),
    "parsec": ("Parsec", "help"),
    "nomachine": ("NoMachine", "help"),
    "nxserver": ("NoMachine", "help"),
    "remotepc": ("RemotePC", "help"),
    "splashtop": ("Splashtop", "help"),
    "logmein": ("LogMeIn", "help"),
    "lmiguardian": ("LogMeIn", "help"),
    "gotoassist": ("GoToAssist", "help"),
    "zohoassist": ("Zoho Assist", "help"),
    "zohours": ("Zoho Assist", "help"),
    "bomgar": ("BeyondTrust Remote Support", "help"),
    "screenconnect": ("ConnectWise ScreenConnect", "management"),
    "connectwisecontrol": ("ConnectWise ScreenConnect", "management"),
    "quickassist": ("Quick Assist", "help"),
    "chromoting": ("Chrome Remote Desktop", "help"),
    "remoting_host": ("Chrome Remote Desktop", "help"),
    "chrome-remote-desktop": ("Chrome Remote Desktop", "help"),
    "chromeremotedesktop": ("Chrome Remote Desktop", "help"),
    "realvnc": ("RealVNC", "help"),
    "vncserver": ("VNC server", "help"),
    "winvnc": ("UltraVNC", "help"),
    "tvnserver": ("TightVNC", "help"),
    "tightvnc": ("TightVNC", "help"),
    "ultravnc": ("UltraVNC", "help"),
    "x11vnc": ("x11vnc", "help"),
    "wayvnc": ("wayvnc", "help"),
    "krfb": ("Krfb", "help"),
    "vino-server": ("Vino", "help"),
    "xrdp": ("xrdp", "help"),
    "gnome-remote-desktop": ("GNOME Remote Desktop", "help"),
    "radmin": ("Radmin", "help"),
    "rserver3": ("Radmin", "help"),
    "dameware": ("DameWare", "management"),
    "atera": ("Atera", "management"),
    "ninjarmm": ("NinjaOne", "management"),
    "kaseya": ("Kaseya", "management"),
    "pulseway": ("Pulseway", "management"),
    "meshagent": ("MeshCentral", "management"),
    "mesh agent": ("MeshCentral", "management"),
    "tacticalrmm": ("Tactical RMM", "management"),
    "action1": ("Action1", "management"),
    "simplehelp": ("SimpleHelp", "management"),
    "syncro": ("Syncro", "management"),
    "netsupport": ("NetSupport", "management"),
    "netop": ("Netop", "management"),
    "remoteutilities": ("Remote Utilities", "help"),
    "remote utilities": ("Remote Utilities", "help"),
    "rutserv": ("Remote Utilities", "help"),
    "jumpdesktop": ("Jump Desktop", "help"),
    "jump desktop": ("Jump Desktop", "help"),
    "com.apple.remotedesktop": ("Apple Remote Desktop", "management"),
}
"""Part of a program's name, id or path → its name for people, and whether it is made for help or for management.

All of them are honest tools with an ordinary purpose; they let another person see and use the computer.
"""

SYSTEM_NAMES: dict[str, frozenset[str]] = {
    "windows": frozenset({
        "svchost.exe", "lsass.exe", "explorer.exe", "winlogon.exe", "csrss.exe", "services.exe", "spoolsv.exe",
        "taskhostw.exe", "taskhost.exe", "smss.exe", "dwm.exe", "ctfmon.exe", "runtimebroker.exe", "conhost.exe",
        "sihost.exe", "dllhost.exe", "rundll32.exe", "wininit.exe", "lsm.exe", "fontdrvhost.exe", "searchindexer.exe",
        "systemservice.exe", "windowsupdate.exe", "winupdate.exe",
    }),
    "macos": frozenset({
        "launchd", "windowserver", "mds", "mdworker", "cfprefsd", "loginwindow", "syslogd", "kernel_task", "coreaudiod",
        "distnoted", "trustd", "securityd", "sharingd", "softwareupdated", "systemuiserver",
    }),
    "linux": frozenset({
        "systemd", "systemd-logind", "systemd-journald", "systemd-udevd", "dbus-daemon", "dbus-broker", "sshd", "cron",
        "crond", "xorg", "networkmanager", "gnome-shell", "kworker", "rsyslogd", "polkitd", "udevd", "init",
    }),
}  # fmt: skip
"""Names of files that belong to the system alone; the same name elsewhere hides what a program is."""

SYSTEM_FOLDERS: dict[str, tuple[str, ...]] = {
    "windows": ("c:\\windows\\",),
    "macos": ("/system/", "/usr/libexec/", "/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/", "/usr/lib/"),
    "linux": (
        "/usr/bin/", "/usr/sbin/", "/usr/lib/", "/usr/lib64/", "/usr/libexec/", "/bin/", "/sbin/", "/lib/", "/lib64/", "/usr/share/",
    ),
}  # fmt: skip
PROGRAM_FOLDERS: dict[str, tuple[str, ...]] = {
    "windows": ("c:\\program files\\", "c:\\program files (x86)\\"),
    "macos": ("/applications/", "/library/", "/opt/", "/usr/local/"),
    "linux": ("/opt/", "/usr/local/", "/snap/", "/var/lib/flatpak/", "/var/lib/snapd/", "/usr/games/"),
}
TEMPORARY: tuple[str, ...] = (
    "\\temp\\", "\\tmp\\", "\\downloads\\", "/tmp/", "/var/tmp/", "/dev/shm/", "/downloads/", "\\recycle",  # noqa: S108 - words of paths that are read
)  # fmt: skip
USER_FOLDERS: tuple[str, ...] = (
    "c:\\users\\",
    "c:\\programdata\\",
    "/users/",
    "/home/",
    "/root/",
    "%appdata%",
    "%localappdata%",
    "%userprofile%",
    "%programdata%",
    "~/",
)

ORDINARY_DOTS: frozenset[str] = frozenset({
    ".local", ".config", ".cache", ".vscode", ".vscode-server", ".nvm", ".cargo", ".rustup", ".npm", ".pyenv", ".rbenv",
    ".mozilla", ".steam", ".var", ".dropbox-dist", ".docker", ".dotnet", ".gradle", ".m2", ".bun", ".deno", ".volta",
    ".jetbrains", ".wine", ".nix-profile", ".linuxbrew", ".local-share", ".profile", ".bashrc", ".zshrc",
})  # fmt: skip
"""Folders whose name begins with a dot on very many computers."""

SECURITY_SITES: tuple[str, ...] = (
    "kaspersky.com", "eset.com", "malwarebytes.com", "avast.com", "avg.com", "bitdefender.com", "norton.com", "symantec.com",
    "mcafee.com", "sophos.com", "f-secure.com", "trendmicro.com", "avira.com", "virustotal.com", "windowsupdate.com",
    "update.microsoft.com", "defender.microsoft.com", "stopstalkerware.org", "techsafety.org", "thehotline.org",
    "refuge.org.uk", "weisser-ring.de", "antistalking.haecksen.org",
)  # fmt: skip
"""Sites of protection and of help for survivors; a hosts file that leads them nowhere keeps a person from them."""

FILTERS_OF_WINDOWS: frozenset[str] = frozenset({"kbdclass", "mouclass", "kbdhid", "i8042prt"})
"""Drivers for keys that Windows brings itself."""

OUTSIDE_MODULES: frozenset[str] = frozenset({
    "nvidia", "nvidia_drm", "nvidia_modeset", "nvidia_uvm", "nvidia_peermem", "nvidia_wmi_ec_backlight", "amdgpu_pro", "amdkcl",
    "amdttm", "amd_sched", "amddrm_ttm_helper", "fglrx", "evdi", "displaylink", "gasket", "apex", "vboxdrv", "vboxnetflt",
    "vboxnetadp", "vboxguest", "vboxsf", "vboxvideo", "vmmon", "vmnet", "prl_tg", "prl_fs", "prl_eth", "zfs", "spl", "icp",
    "zcommon", "znvpair", "zavl", "zlua", "zunicode", "zzstd", "wl", "broadcom_sta", "r8168", "r8125", "r8126", "r8152", "8812au",
    "88x2bu", "8821cu", "8821au", "8814au", "rtl8812au", "rtl8821ce", "rtl8852au", "rtw88", "rtw89", "v4l2loopback", "akvcam",
    "droidcam", "openrazer", "razerkbd", "razermouse", "razerkraken", "razeraccessory", "xone_dongle", "xone_gip", "xone_wired",
    "xpad", "xpadneo", "hid_xpadneo", "bbswitch", "acpi_call", "tp_smapi", "thinkpad_ec", "tuxedo_keyboard", "tuxedo_io",
    "tuxedo_compatibility_check", "clevo_acpi", "clevo_wmi", "uniwill_wmi", "facetimehd", "wireguard", "lttng_tracer", "falcon_lsm_serviceable",
    "falcon_kal", "falcon_nf_netcontain", "binder_linux", "ashmem_linux", "anbox", "exfat", "ntfs3", "kvmfr", "vendor_reset",
    "cryptodev", "drbd", "ndiswrapper", "digimend", "hid_uclogic", "hid_kye", "wacom", "it87", "nct6687", "zenpower", "ryzen_smu",
    "msr_safe", "sysdig_probe", "scap", "snd_hda_macbookpro", "applesmc", "asus_wmi", "asus_nb_wmi", "legion_laptop",
})  # fmt: skip
"""Modules of Linux that are built outside the kernel on many computers: graphics, networks, disks, keyboards, guests."""

WINDOWS_ROOTS: tuple[str, ...] = (
    "microsoft", "verisign", "symantec", "thawte", "digicert", "globalsign", "baltimore", "entrust", "usertrust", "comodo",
    "sectigo", "isrg", "go daddy", "starfield", "quovadis", "amazon root", "gts root", "ssl.com", "identrust", "dst root",
    "certum", "actalis", "d-trust", "t-telesec", "deutsche telekom", "swisssign", "buypass", "harica", "affirmtrust",
    "cloudflare origin", "copyright (c) 1997 microsoft",
)  # fmt: skip
"""Words in the names of authorities that Windows itself puts into its store."""

TCC_SERVICES: frozenset[str] = frozenset({
    "kTCCServiceAccessibility", "kTCCServiceScreenCapture", "kTCCServiceListenEvent", "kTCCServicePostEvent",
    "kTCCServiceSystemPolicyAllFiles", "kTCCServiceMicrophone", "kTCCServiceCamera", "kTCCServiceAppleEvents",
    "kTCCServiceSystemPolicySysAdminFiles", "kTCCServiceDeveloperTool", "kTCCServiceRemoteDesktop",
})  # fmt: skip
"""Rights of macOS that let a program see the screen, read keys, listen, look, control or read everything."""
