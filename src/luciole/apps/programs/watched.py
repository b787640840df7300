"""The system functions, classes and texts that are watched for in programs of computers and iPhones: data only."""

from __future__ import annotations

from typing import NamedTuple


class WatchedName(NamedTuple):
    """One watched function or class. value: library.name, as facts carry it; group: what it is for; behaviours: of the
    catalogue (K01-K45)."""  # noqa: D205, D209 - a list of fields follows the sentence

    value: str
    group: str
    behaviours: tuple[str, ...]


# behaviours | group | library | names; on Windows without the A or W at the end
_WINDOWS = """
K08 | key-hook | user32 | SetWindowsHookEx GetAsyncKeyState RegisterRawInputDevices GetRawInputData
K08 | key-text | user32 | ToUnicode ToUnicodeEx ToAscii ToAsciiEx GetKeyNameText
K08 K13 | window-titles | user32 | GetForegroundWindow GetWindowText SetWinEventHook
K07 | screen | gdi32 | BitBlt StretchBlt
K07 | screen-source | user32 | GetDesktopWindow GetWindowDC PrintWindow
K07 | screen-picture | gdiplus | GdipSaveImageToFile GdipSaveImageToStream
K07 | screen-dotnet | System.Drawing.Graphics | CopyFromScreen
K05 | microphone | winmm | waveInOpen waveInStart mciSendString
K05 | microphone | NAudio.Wave | WaveInEvent WasapiCapture
K06 | camera | avicap32 | capCreateCaptureWindow capGetDriverDescription
K06 | camera | mf | MFEnumDeviceSources
K06 | camera | AForge.Video.DirectShow | VideoCaptureDevice FilterInfoCollection
K14 | clipboard | user32 | SetClipboardViewer AddClipboardFormatListener
K12 | passwords | crypt32 | CryptUnprotectData
K12 | passwords | vaultcli | VaultEnumerateItems VaultGetItem
K12 | passwords | advapi32 | CredEnumerate
K12 | passwords | nss3 | PK11SDR_Decrypt
K30 | autostart | advapi32 | CreateService ChangeServiceConfig StartServiceCtrlDispatcher
K30 | registry-write | advapi32 | RegSetValueEx RegSetKeyValue
K24 | console-window | kernel32 | GetConsoleWindow FreeConsole
K24 | show-window | user32 | ShowWindow ShowWindowAsync
K31 | injection | kernel32 | CreateRemoteThread WriteProcessMemory VirtualAllocEx QueueUserAPC
K31 | injection | ntdll | NtUnmapViewOfSection RtlCreateUserThread NtMapViewOfSection
K32 | anti-removal | ntdll | RtlSetProcessIsCritical NtSetInformationProcess
K16 | steering | user32 | SendInput mouse_event keybd_event
 | moving-pictures | gdi32 | SwapBuffers SetPixelFormat ChoosePixelFormat
 | moving-pictures | d3d9 | Direct3DCreate9 Direct3DCreate9Ex
 | moving-pictures | d3d11 | D3D11CreateDevice D3D11CreateDeviceAndSwapChain
 | moving-pictures | d3d12 | D3D12CreateDevice
 | moving-pictures | dxgi | CreateDXGIFactory CreateDXGIFactory1 CreateDXGIFactory2
 | moving-pictures | ddraw | DirectDrawCreate DirectDrawCreateEx
 | moving-pictures | vulkan-1 | vkCreateInstance
K17 | block-input | user32 | BlockInput LockWorkStation
K41 | send | wininet | HttpSendRequest HttpSendRequestEx InternetWriteFile FtpPutFile FtpOpenFile
K41 | send | winhttp | WinHttpSendRequest WinHttpWriteData
K41 | send | ws2_32 | connect WSAConnect send WSASend
K41 | send | wsock32 | connect send
K41 | send | libcurl | curl_easy_perform
K41 | send | mapi32 | MAPISendMail
K41 | send-dotnet | System.Net | HttpClient WebClient SmtpClient TcpClient FtpWebRequest HttpWebRequest UploadFile
K41 | send-dotnet | System.Net | UploadData UploadString
K18 | download | urlmon | URLDownloadToFile
K01 | location | locationapi | ILocation
K01 | location | System.Device.Location | GeoCoordinateWatcher
K01 | location | wlanapi | WlanGetNetworkBssList
"""

_APPLE = """
K08 | key-hook | CoreGraphics | CGEventTapCreate CGEventTapCreateForPSN CGEventTapCreateForPid CGEventSourceKeyState
K08 | key-hook | IOKit | IOHIDManagerRegisterInputValueCallback IOHIDQueueRegisterValueAvailableCallback
K08 | key-hook | IOKit | IOHIDDeviceRegisterInputValueCallback
K08 | key-hook | AppKit | addGlobalMonitorForEventsMatchingMask
K08 | key-text | CoreGraphics | CGEventKeyboardGetUnicodeString
K08 | key-text | Carbon | UCKeyTranslate
K35 K08 | accessibility | ApplicationServices | AXUIElementCreateApplication AXUIElementCreateSystemWide
K35 K08 | accessibility | ApplicationServices | AXUIElementCopyAttributeValue AXObserverCreate
K35 | accessibility-ask | ApplicationServices | AXIsProcessTrusted AXIsProcessTrustedWithOptions
K08 K13 | window-titles | CoreGraphics | CGWindowListCopyWindowInfo
K08 K13 | window-titles | AppKit | frontmostApplication
K07 | screen-picture | CoreGraphics | CGWindowListCreateImage CGDisplayCreateImage CGDisplayStreamCreate
K07 | screen-picture | CoreGraphics | CGDisplayCreateImageForRect
K07 | screen-picture | ScreenCaptureKit | SCStream SCShareableContent SCScreenshotManager
K07 | screen-picture | AVFoundation | AVCaptureScreenInput
K07 | screen-picture | ReplayKit | RPScreenRecorder RPBroadcastSampleHandler
K07 | screen-ask | CoreGraphics | CGRequestScreenCaptureAccess CGPreflightScreenCaptureAccess
K05 | microphone | AVFoundation | AVAudioRecorder AVAudioEngine
K05 | microphone | AudioToolbox | AudioQueueNewInput
K06 | camera | AVFoundation | AVCaptureSession AVCapturePhotoOutput AVCaptureVideoDataOutput AVCaptureMovieFileOutput
K06 | camera | AVFoundation | AVCaptureStillImageOutput
K04 | calls | CallKit | CXCallObserver CXProvider
K01 | location | CoreLocation | CLLocationManager
K01 | location-always | CoreLocation | requestAlwaysAuthorization startMonitoringSignificantLocationChanges
K01 | location-always | CoreLocation | setAllowsBackgroundLocationUpdates
K10 | contacts | Contacts | CNContactStore
K10 | contacts | AddressBook | ABAddressBookCreateWithOptions ABAddressBookCopyArrayOfAllPeople
K10 | calendar | EventKit | EKEventStore
K11 | photos | Photos | PHAsset PHPhotoLibrary
K14 | clipboard | UIKit | UIPasteboard
K14 | clipboard | AppKit | NSPasteboard
K12 | passwords | Security | SecKeychainFindGenericPassword SecKeychainFindInternetPassword SecKeychainItemCopyContent
K12 | passwords | Security | SecKeychainSearchCreateFromAttributes
K12 | keychain | Security | SecItemCopyMatching
K12 K16 | network-filter | NetworkExtension | NEFilterDataProvider NEFilterControlProvider NEPacketTunnelProvider
K12 K16 | network-filter | NetworkExtension | NEAppProxyProvider NEDNSProxyProvider NEFilterPacketProvider
K12 | network-settings | NetworkExtension | NEVPNManager NETunnelProviderManager NEFilterManager
K13 | screen-time | DeviceActivity | DeviceActivityMonitor DeviceActivityCenter
K44 | parental | FamilyControls | AuthorizationCenter
K17 | parental | ManagedSettings | ManagedSettingsStore
K30 | autostart | ServiceManagement | SMLoginItemSetEnabled SMAppService SMJobBless
K30 | autostart | CoreServices | LSSharedFileListInsertItemURL
 | moving-pictures | Metal | MTLCreateSystemDefaultDevice
 | moving-pictures | OpenGL | CGLSetCurrentContext NSOpenGLContext CAMetalLayer
K20 | hidden-window | AppKit | setActivationPolicy
K20 | hidden-window | ApplicationServices | TransformProcessType
K31 | injection | libSystem | task_for_pid mach_vm_write thread_create_running
K34 | jailbreak | MobileSubstrate | MSHookFunction MSHookMessageEx
K41 | send | Foundation | NSURLSession NSURLConnection
K41 | send | CFNetwork | CFReadStreamCreateForHTTPRequest CFHTTPMessageCreateRequest
K41 | send | libSystem | connect send sendto
K41 | send | libcurl | curl_easy_perform
K41 | send | Network | nw_connection_create
"""

# group | texts, in small letters, one a line
_TEXTS: dict[str, str] = {
    "autostart-place": r"""
        software\microsoft\windows\currentversion\run
        software\microsoft\windows nt\currentversion\winlogon
        \start menu\programs\startup
        schtasks /create
        library/launchagents
        library/launchdaemons
    """,
    "protection-off": """
        add-mppreference
        disablerealtimemonitoring
        disableantispyware
        set-mppreference
        tccutil reset
        spctl --master-disable
        reagentc /disable
    """,
    "browser-data": """
        logins.json
        cookies.sqlite
        places.sqlite
        user data\\default\\login data
        user data\\local state
        network\\cookies
        default\\cookies
        default\\history
        key4.db
        chrome/default/history
        chrome/default/login data
        chrome/default/cookies
        safari/history.db
        cookies.binarycookies
    """,
    "message-data": """
        messages/chat.db
        addressbook-v22.abcddb
        library/sms/sms.db
        callhistory.storedata
        chatstorage.sqlite
        telegram desktop\\tdata
        signal\\sql\\db.sqlite
        signal/sql/db.sqlite
        whatsappdesktop
        discord\\local storage\\leveldb
        viber.db
        mobilesync\\backup
        mobilesync/backup
    """,
    "mail-data": """
        outlook.application
        thunderbird\\profiles
        /.thunderbird/
        library/thunderbird/profiles
        library/mail/v
    """,
    "drop-address": """
        api.telegram.org/bot
        discord.com/api/webhooks
        discordapp.com/api/webhooks
        webhook.site/
        pastebin.com/api
    """,
    "opens-computer": """
        fdenytsconnections
        net localgroup administrators
        specialaccounts\\userlist
        extensioninstallforcelist
        netsh advfirewall set allprofiles state off
        certutil -addstore
        add-trusted-cert
        setremotelogin on
        dseditgroup -o edit -a
        resources/kickstart
    """,
    "hidden-console": """
        -windowstyle hidden
        -w hidden
    """,
    "key-driver": r"""
        \device\keyboardclass
        \driver\kbdclass
    """,
    "key-name": """
        [backspace]
        [enter]
        [tab]
        [capslock]
        [caps lock]
        [ctrl]
        [shift]
        [left arrow]
        [page down]
        {backspace}
        {enter}
        {capslock}
        <backspace>
        <enter>
        <capslock>
        <caps lock>
    """,
    "monitor-words": """
        keylogger
        keylog
        keystrokes typed
        keystroke log
        keystrokes log
        logged keystrokes
        hide from task manager
        hidden from task manager
        stealth install
        screenshot interval
        screenshots interval
        monitored computer
        monitored user
        employee monitoring
    """,
    "jailbreak-place": """
        /applications/cydia.app
        /applications/sileo.app
        /library/mobilesubstrate
        /var/jb/
        /private/var/lib/apt
    """,
}


def _names(table: str) -> dict[str, WatchedName]:
    found: dict[str, WatchedName] = {}
    for line in table.strip().splitlines():
        behaviours, group, library, names = (part.strip() for part in line.split("|"))
        for name in names.split():
            found.setdefault(name, WatchedName(f"{library}.{name}", group, tuple(behaviours.split())))
    return found


WINDOWS: dict[str, WatchedName] = _names(_WINDOWS)
"""By the function's name without A or W at its end."""
APPLE: dict[str, WatchedName] = _names(_APPLE)
"""By the name of the function or class, without the underscore and the prefix of Objective-C."""
TEXTS: dict[bytes, str] = {
    line.strip().encode(): group for group, lines in _TEXTS.items() for line in lines.strip().splitlines()
}
"""Watched texts in small letters → their group."""
TOO_COMMON: frozenset[str] = frozenset({"connect", "send", "sendto", "ShowWindow", "ILocation", "AuthorizationCenter"})
"""Names that also stand as plain words: they count where they are imported, not where a text holds them."""
