"""Numbers and names that the Android framework fixes: attribute ids, themes, flags."""

from __future__ import annotations

# Public attribute ids (frameworks/base core/res/res/values/public-final.xml).
THEME, LABEL, ICON, NAME = 0x01010000, 0x01010001, 0x01010002, 0x01010003
PERMISSION, READ_PERMISSION, WRITE_PERMISSION = 0x01010006, 0x01010007, 0x01010008
PROTECTION_LEVEL, SHARED_USER_ID, HAS_CODE, PERSISTENT = 0x01010009, 0x0101000B, 0x0101000C, 0x0101000D
ENABLED, DEBUGGABLE, EXPORTED, PROCESS = 0x0101000E, 0x0101000F, 0x01010010, 0x01010011
EXCLUDE_FROM_RECENTS, AUTHORITIES, PRIORITY, DESCRIPTION = 0x01010017, 0x01010018, 0x0101001C, 0x01010020
TARGET_PACKAGE, VALUE, RESOURCE = 0x01010021, 0x01010024, 0x01010025
MIME_TYPE, SCHEME, HOST, PORT = 0x01010026, 0x01010027, 0x01010028, 0x01010029
PATH, PATH_PREFIX, PATH_PATTERN = 0x0101002A, 0x0101002B, 0x0101002C
WINDOW_BACKGROUND, WINDOW_IS_FLOATING, WINDOW_IS_TRANSLUCENT = 0x01010054, 0x01010057, 0x01010058
VISIBLE, DRAWABLE, SUMMARY = 0x01010194, 0x01010199, 0x010101E9
TARGET_ACTIVITY, MIN_SDK_VERSION = 0x01010202, 0x0101020C
VERSION_CODE, VERSION_NAME, WINDOW_NO_DISPLAY = 0x0101021B, 0x0101021C, 0x0101021E
SETTINGS_ACTIVITY, NO_HISTORY = 0x01010225, 0x0101022D
TARGET_SDK_VERSION, MAX_SDK_VERSION, TEST_ONLY = 0x01010270, 0x01010271, 0x01010272
ALLOW_BACKUP, GL_ES_VERSION, REQUIRED = 0x01010280, 0x01010281, 0x0101028E
ACCESSIBILITY_EVENT_TYPES, PACKAGE_NAMES, ACCESSIBILITY_FEEDBACK_TYPE = 0x01010380, 0x01010381, 0x01010382
NOTIFICATION_TIMEOUT, ACCESSIBILITY_FLAGS, CAN_RETRIEVE_WINDOW_CONTENT = 0x01010383, 0x01010384, 0x01010385
CAN_REQUEST_FILTER_KEY_EVENTS = 0x010103D9
FULL_BACKUP_CONTENT, USES_CLEARTEXT_TRAFFIC, CAN_PERFORM_GESTURES = 0x010104EB, 0x010104EC, 0x0101050D
NETWORK_SECURITY_CONFIG, ROUND_ICON, SPLIT_NAME = 0x01010527, 0x0101052C, 0x01010549
IS_FEATURE_SPLIT, COMPILE_SDK_VERSION, COMPILE_SDK_CODENAME = 0x0101055B, 0x01010572, 0x01010573
VERSION_CODE_MAJOR, IS_SPLIT_REQUIRED, FOREGROUND_SERVICE_TYPE = 0x01010576, 0x01010591, 0x01010599
CAN_TAKE_SCREENSHOT, DATA_EXTRACTION_RULES, IS_ACCESSIBILITY_TOOL = 0x0101060F, 0x0101063E, 0x01010641
REQUIRED_SPLIT_TYPES, SPLIT_TYPES = 0x0101064E, 0x0101064F

CODE_NAME_LEVEL = 10_000
"""What a code name instead of an SDK level counts as (Build.VERSION_CODES.CUR_DEVELOPMENT)."""

NO_DISPLAY, TRANSLUCENT = "no-display", "translucent"

STYLES: dict[int, tuple[str, str]] = {
    0x0103000F: ("Theme.Translucent", TRANSLUCENT),
    0x01030010: ("Theme.Translucent.NoTitleBar", TRANSLUCENT),
    0x01030011: ("Theme.Translucent.NoTitleBar.Fullscreen", TRANSLUCENT),
    0x01030055: ("Theme.NoDisplay", NO_DISPLAY),
    0x01030059: ("Theme.Panel", TRANSLUCENT),
    0x0103005A: ("Theme.Light.Panel", TRANSLUCENT),
    0x0103007B: ("Theme.Holo.Panel", TRANSLUCENT),
    0x0103007C: ("Theme.Holo.Light.Panel", TRANSLUCENT),
    0x0103013A: ("Theme.DeviceDefault.Panel", TRANSLUCENT),
    0x0103013B: ("Theme.DeviceDefault.Light.Panel", TRANSLUCENT),
    0x01030232: ("Theme.Material.Panel", TRANSLUCENT),
    0x01030245: ("Theme.Material.Light.Panel", TRANSLUCENT),
}
"""Framework themes that draw no window or a transparent one: resource id → name, kind."""

TRANSPARENT_COLOR = 0x0106000D
"""@android:color/transparent."""

FOREGROUND_SERVICE_TYPES: dict[int, str] = {
    1 << 0: "dataSync", 1 << 1: "mediaPlayback", 1 << 2: "phoneCall", 1 << 3: "location",
    1 << 4: "connectedDevice", 1 << 5: "mediaProjection", 1 << 6: "camera", 1 << 7: "microphone",
    1 << 8: "health", 1 << 9: "remoteMessaging", 1 << 10: "systemExempted", 1 << 11: "shortService",
    1 << 12: "fileManagement", 1 << 13: "mediaProcessing", 1 << 30: "specialUse",
}  # fmt: skip
"""android.content.pm.ServiceInfo.FOREGROUND_SERVICE_TYPE_*."""

ACCESSIBILITY_EVENTS: dict[int, str] = {
    0x00000001: "typeViewClicked", 0x00000002: "typeViewLongClicked", 0x00000004: "typeViewSelected",
    0x00000008: "typeViewFocused", 0x00000010: "typeViewTextChanged", 0x00000020: "typeWindowStateChanged",
    0x00000040: "typeNotificationStateChanged", 0x00000080: "typeViewHoverEnter", 0x00000100: "typeViewHoverExit",
    0x00000200: "typeTouchExplorationGestureStart", 0x00000400: "typeTouchExplorationGestureEnd",
    0x00000800: "typeWindowContentChanged", 0x00001000: "typeViewScrolled",
    0x00002000: "typeViewTextSelectionChanged", 0x00004000: "typeAnnouncement",
    0x00008000: "typeViewAccessibilityFocused", 0x00010000: "typeViewAccessibilityFocusCleared",
    0x00020000: "typeViewTextTraversedAtMovementGranularity", 0x00040000: "typeGestureDetectionStart",
    0x00080000: "typeGestureDetectionEnd", 0x00100000: "typeTouchInteractionStart",
    0x00200000: "typeTouchInteractionEnd", 0x00400000: "typeWindowsChanged", 0x00800000: "typeContextClicked",
    0x01000000: "typeAssistReadingContext", 0x02000000: "typeSpeechStateChange",
    0x04000000: "typeViewTargetedByScroll",
}  # fmt: skip
"""android.view.accessibility.AccessibilityEvent.TYPE_*, as attribute accessibilityEventTypes names them."""

ACCESSIBILITY_FLAGS_NAMES: dict[int, str] = {
    0x0001: "flagDefault", 0x0002: "flagIncludeNotImportantViews", 0x0004: "flagRequestTouchExplorationMode",
    0x0008: "flagRequestEnhancedWebAccessibility", 0x0010: "flagReportViewIds",
    0x0020: "flagRequestFilterKeyEvents", 0x0040: "flagRetrieveInteractiveWindows",
    0x0080: "flagEnableAccessibilityVolume", 0x0100: "flagRequestAccessibilityButton",
    0x0200: "flagRequestFingerprintGestures", 0x0400: "flagRequestShortcutWarningDialogSpokenFeedback",
    0x0800: "flagServiceHandlesDoubleTap", 0x1000: "flagRequestMultiFingerGestures",
    0x2000: "flagRequestTwoFingerPassthrough", 0x4000: "flagSendMotionEvents",
    0x8000: "flagInputMethodEditor",
}  # fmt: skip
"""android.accessibilityservice.AccessibilityServiceInfo.FLAG_*, as attribute accessibilityFlags names them."""

ACCESSIBILITY_FEEDBACK: dict[int, str] = {
    0x01: "feedbackSpoken", 0x02: "feedbackHaptic", 0x04: "feedbackAudible", 0x08: "feedbackVisual",
    0x10: "feedbackGeneric", 0x20: "feedbackBraille",
}  # fmt: skip

PROTECTION_BASES = ("normal", "dangerous", "signature", "signatureOrSystem", "internal")
PROTECTION_FLAGS: dict[int, str] = {
    0x10: "privileged", 0x20: "development", 0x40: "appop", 0x80: "pre23", 0x100: "installer", 0x200: "verifier",
    0x400: "preinstalled", 0x800: "setup", 0x1000: "instant", 0x2000: "runtime", 0x4000: "oem",
    0x8000: "vendorPrivileged", 0x10000: "textClassifier", 0x20000: "wellbeing", 0x40000: "documenter",
    0x80000: "configurator", 0x100000: "incidentReportApprover", 0x200000: "appPredictor",
}  # fmt: skip

_ALL = 0xFFFFFFFF


def flag_names(value: int, names: dict[int, str], everything: str = "") -> tuple[str, ...]:
    """Names of the bits set in `value`, unknown ones as hexadecimal; `everything` when all bits are set."""
    if everything and value & _ALL == _ALL:
        return (everything,)
    bits = [1 << index for index in range(32) if value >> index & 1]
    return tuple(names.get(bit, f"0x{bit:08x}") for bit in bits)


def protection_name(level: int) -> str:
    """A protection level as the manifest writes it, such as "signature|privileged"."""
    base = level & 0xF
    name = PROTECTION_BASES[base] if base < len(PROTECTION_BASES) else f"0x{base:x}"
    return "|".join((name, *flag_names(level & ~0xF & _ALL, PROTECTION_FLAGS)))
