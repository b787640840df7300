"""Numbers of Android's framework that binary XML needs: attribute ids, themes, flags (AOSP public.xml, attrs.xml)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from luciole.kernel.errors import ContentError

ANDROID = "http://schemas.android.com/apk/res/android"

ATTRIBUTES: dict[str, int] = {
    "theme": 0x01010000,
    "label": 0x01010001,
    "icon": 0x01010002,
    "name": 0x01010003,
    "permission": 0x01010006,
    "protectionLevel": 0x01010009,
    "sharedUserId": 0x0101000B,
    "hasCode": 0x0101000C,
    "persistent": 0x0101000D,
    "enabled": 0x0101000E,
    "debuggable": 0x0101000F,
    "exported": 0x01010010,
    "process": 0x01010011,
    "excludeFromRecents": 0x01010017,
    "authorities": 0x01010018,
    "priority": 0x0101001C,
    "description": 0x01010020,
    "value": 0x01010024,
    "resource": 0x01010025,
    "mimeType": 0x01010026,
    "scheme": 0x01010027,
    "host": 0x01010028,
    "targetActivity": 0x01010202,
    "minSdkVersion": 0x0101020C,
    "versionCode": 0x0101021B,
    "versionName": 0x0101021C,
    "settingsActivity": 0x01010225,
    "noHistory": 0x0101022D,
    "targetSdkVersion": 0x01010270,
    "testOnly": 0x01010272,
    "allowBackup": 0x01010280,
    "required": 0x0101028E,
    "accessibilityEventTypes": 0x01010380,
    "packageNames": 0x01010381,
    "accessibilityFeedbackType": 0x01010382,
    "accessibilityFlags": 0x01010384,
    "canRetrieveWindowContent": 0x01010385,
    "canRequestFilterKeyEvents": 0x010103D9,
    "usesCleartextTraffic": 0x010104EC,
    "canPerformGestures": 0x0101050D,
    "networkSecurityConfig": 0x01010527,
    "isFeatureSplit": 0x0101055B,
    "versionCodeMajor": 0x01010576,
    "isSplitRequired": 0x01010591,
    "foregroundServiceType": 0x01010599,
    "canTakeScreenshot": 0x0101060F,
    "isAccessibilityTool": 0x01010641,
}

WINDOW_TRANSLUCENT = 0x01010058
WINDOW_NO_DISPLAY = 0x0101021E
THEME = 0x01030005
THEME_TRANSLUCENT = 0x01030010
THEME_NO_DISPLAY = 0x01030055

EVENT_TYPES: dict[str, int] = {
    "typeViewClicked": 0x1,
    "typeViewLongClicked": 0x2,
    "typeViewSelected": 0x4,
    "typeViewFocused": 0x8,
    "typeViewTextChanged": 0x10,
    "typeWindowStateChanged": 0x20,
    "typeNotificationStateChanged": 0x40,
    "typeViewHoverEnter": 0x80,
    "typeViewHoverExit": 0x100,
    "typeTouchExplorationGestureStart": 0x200,
    "typeTouchExplorationGestureEnd": 0x400,
    "typeWindowContentChanged": 0x800,
    "typeViewScrolled": 0x1000,
    "typeViewTextSelectionChanged": 0x2000,
    "typeAnnouncement": 0x4000,
    "typeViewAccessibilityFocused": 0x8000,
    "typeViewAccessibilityFocusCleared": 0x10000,
    "typeViewTextTraversedAtMovementGranularity": 0x20000,
    "typeGestureDetectionStart": 0x40000,
    "typeGestureDetectionEnd": 0x80000,
    "typeTouchInteractionStart": 0x100000,
    "typeTouchInteractionEnd": 0x200000,
    "typeWindowsChanged": 0x400000,
    "typeContextClicked": 0x800000,
    "typeAssistReadingContext": 0x1000000,
    "typeAllMask": 0xFFFFFFFF,
}

ACCESSIBILITY_FLAGS: dict[str, int] = {
    "flagDefault": 0x1,
    "flagIncludeNotImportantViews": 0x2,
    "flagRequestTouchExplorationMode": 0x4,
    "flagRequestEnhancedWebAccessibility": 0x8,
    "flagReportViewIds": 0x10,
    "flagRequestFilterKeyEvents": 0x20,
    "flagRetrieveInteractiveWindows": 0x40,
    "flagEnableAccessibilityVolume": 0x80,
    "flagRequestAccessibilityButton": 0x100,
    "flagRequestFingerprintGestures": 0x200,
    "flagRequestShortcutWarningDialogSpokenFeedback": 0x400,
    "flagServiceHandlesDoubleTap": 0x800,
    "flagRequestMultiFingerGestures": 0x1000,
    "flagRequestTwoFingerPassthrough": 0x2000,
    "flagSendMotionEvents": 0x4000,
    "flagInputMethodEditor": 0x8000,
}

FEEDBACK: dict[str, int] = {
    "feedbackSpoken": 0x1,
    "feedbackHaptic": 0x2,
    "feedbackAudible": 0x4,
    "feedbackVisual": 0x8,
    "feedbackGeneric": 0x10,
    "feedbackBraille": 0x20,
    "feedbackAllMask": 0xFFFFFFFF,
}

FOREGROUND_TYPES: dict[str, int] = {
    "dataSync": 0x1,
    "mediaPlayback": 0x2,
    "phoneCall": 0x4,
    "location": 0x8,
    "connectedDevice": 0x10,
    "mediaProjection": 0x20,
    "camera": 0x40,
    "microphone": 0x80,
    "health": 0x100,
    "remoteMessaging": 0x200,
    "systemExempted": 0x400,
    "shortService": 0x800,
    "mediaProcessing": 0x2000,
    "specialUse": 0x40000000,
}


def flag_bits(names: Iterable[str], table: Mapping[str, int]) -> int:
    """The names of a flag attribute as its number; raises ContentError that lists the names there are."""
    bits = 0
    for name in names:
        if name not in table:
            raise ContentError([f"unknown name {name!r}; there are: {', '.join(table)}"])
        bits |= table[name]
    return bits
