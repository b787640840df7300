"""The Android functions and fields that are watched for in code, by behaviour of the catalogue (K01-K45): data only."""

from __future__ import annotations

from typing import NamedTuple


class WatchedMember(NamedTuple):
    """One watched function or field: class as in DEX (inner classes with "$"), its name, and its behaviours."""

    owner: str
    name: str
    behaviours: tuple[str, ...]

    @property
    def value(self) -> str:
        """The name facts carry: package.Class.member."""
        return f"{self.owner}.{self.name}"


# behaviours | class | members (functions, fields; <init> where the class itself is what counts)
_TABLE = """
K01 | android.location.LocationManager | requestLocationUpdates requestSingleUpdate getLastKnownLocation getCurrentLocation addProximityAlert addGpsStatusListener registerGnssStatusCallback
K01 | android.location.Location | getLatitude getLongitude
K01 | com.google.android.gms.location.FusedLocationProviderClient | requestLocationUpdates getLastLocation getCurrentLocation
K01 | com.google.android.gms.location.FusedLocationProviderApi | requestLocationUpdates getLastLocation
K01 | com.google.android.gms.location.LocationServices | getFusedLocationProviderClient getGeofencingClient FusedLocationApi GeofencingApi
K01 | com.google.android.gms.location.GeofencingClient | addGeofences removeGeofences
K01 | com.google.android.gms.location.Geofence$Builder | <init> setCircularRegion
K01 | com.google.android.gms.location.GeofencingEvent | fromIntent
K01 | com.google.android.gms.location.ActivityRecognitionClient | requestActivityUpdates
K01 | com.huawei.hms.location.FusedLocationProviderClient | requestLocationUpdates getLastLocation
K01 | android.telephony.TelephonyManager | getCellLocation getAllCellInfo getNeighboringCellInfo
K01 | android.net.wifi.WifiManager | getScanResults
K01 | com.amap.api.location.AMapLocationClient | startLocation
K01 | com.baidu.location.LocationClient | start
K02 | android.telephony.SmsMessage | createFromPdu getMessageBody getDisplayMessageBody getOriginatingAddress getDisplayOriginatingAddress
K02 | android.provider.Telephony$Sms$Intents | getMessagesFromIntent
K02 | android.provider.Telephony$Sms | CONTENT_URI getDefaultSmsPackage
K02 | android.provider.Telephony$Sms$Inbox | CONTENT_URI
K02 | android.provider.Telephony$Sms$Sent | CONTENT_URI
K02 | android.provider.Telephony$Mms | CONTENT_URI
K02 | android.provider.Telephony$Mms$Inbox | CONTENT_URI
K02 | android.provider.Telephony$MmsSms | CONTENT_URI CONTENT_CONVERSATIONS_URI
K02 | android.app.role.RoleManager | createRequestRoleIntent isRoleHeld
K03 | android.provider.CallLog | CONTENT_URI
K03 | android.provider.CallLog$Calls | CONTENT_URI getLastOutgoingCall
K03 | android.telephony.PhoneStateListener | <init> onCallStateChanged
K03 | android.telephony.TelephonyManager | listen registerTelephonyCallback getCallState
K03 | android.telephony.TelephonyCallback | <init>
K04 K05 | android.media.MediaRecorder | <init> setAudioSource setOutputFile start
K04 | android.telecom.InCallService | <init> onCallAdded setAudioRoute
K04 | android.telecom.CallRedirectionService | <init> placeCallUnmodified redirectCall
K04 | android.telecom.ConnectionService | <init>
K04 | android.telecom.Call | conference mergeConference answer getDetails
K04 | android.telecom.TelecomManager | acceptRingingCall endCall placeCall
K04 | com.android.internal.telephony.ITelephony | endCall answerRingingCall silenceRinger
K04 | com.android.internal.telephony.ITelephony$Stub | asInterface
K05 K04 | android.media.AudioRecord | <init> startRecording read
K05 K04 | android.media.AudioRecord$Builder | <init> setAudioSource
K05 K04 | android.media.AudioManager | setMode setMicrophoneMute setParameters startBluetoothSco
K05 | org.webrtc.audio.JavaAudioDeviceModule | builder setMicrophoneMute
K05 K06 K07 | org.webrtc.PeerConnectionFactory | createPeerConnection createAudioSource createVideoSource
K05 | android.media.AudioPlaybackCaptureConfiguration$Builder | <init>
K06 | android.hardware.Camera | open takePicture setPreviewDisplay setPreviewTexture setPreviewCallback enableShutterSound
K06 | android.hardware.camera2.CameraManager | openCamera getCameraIdList
K06 | android.hardware.camera2.CameraDevice | createCaptureSession createCaptureRequest
K06 | android.hardware.camera2.CameraCaptureSession | capture setRepeatingRequest
K06 | android.graphics.SurfaceTexture | <init>
K06 K07 | android.media.MediaRecorder | setVideoSource
K06 | androidx.camera.lifecycle.ProcessCameraProvider | getInstance bindToLifecycle
K06 | org.webrtc.Camera1Enumerator | <init>
K06 | org.webrtc.Camera2Enumerator | <init>
K06 | android.webkit.PermissionRequest | grant
K06 | android.webkit.WebChromeClient | onPermissionRequest
K06 K24 | android.view.WindowManager | addView
K06 K24 K32 | android.provider.Settings | canDrawOverlays
K07 | android.media.projection.MediaProjectionManager | createScreenCaptureIntent getMediaProjection
K07 | android.media.projection.MediaProjection | createVirtualDisplay
K07 | android.hardware.display.DisplayManager | createVirtualDisplay
K07 | android.media.ImageReader | acquireLatestImage acquireNextImage
K07 | org.webrtc.ScreenCapturerAndroid | <init>
K07 K35 | android.accessibilityservice.AccessibilityService | takeScreenshot takeScreenshotOfWindow
K07 | android.view.PixelCopy | request
K07 | android.view.SurfaceControl | screenshot
K08 K09 K35 | android.accessibilityservice.AccessibilityService | <init> getRootInActiveWindow getWindows performGlobalAction dispatchGesture setServiceInfo onAccessibilityEvent onKeyEvent disableSelf
K08 K09 K35 | android.view.accessibility.AccessibilityEvent | getText getSource getBeforeText getPackageName getEventType
K08 K09 K12 | android.view.accessibility.AccessibilityNodeInfo | getText findAccessibilityNodeInfosByViewId findAccessibilityNodeInfosByText getViewIdResourceName isPassword getContentDescription
K35 K32 | android.view.accessibility.AccessibilityNodeInfo | performAction
K35 | android.accessibilityservice.GestureDescription$Builder | <init> addStroke
K35 | android.accessibilityservice.AccessibilityServiceInfo | setCapabilities flags eventTypes packageNames isAccessibilityTool
K08 | android.inputmethodservice.InputMethodService | <init> getCurrentInputConnection onStartInput
K08 | android.view.inputmethod.InputConnection | getTextBeforeCursor getExtractedText commitText
K09 | android.service.notification.NotificationListenerService | <init> getActiveNotifications onNotificationPosted requestRebind
K09 | android.service.notification.StatusBarNotification | getNotification getPackageName
K24 | android.service.notification.NotificationListenerService | cancelNotification cancelAllNotifications cancelNotifications snoozeNotification
K10 | android.provider.ContactsContract$Contacts | CONTENT_URI openContactPhotoInputStream
K10 | android.provider.ContactsContract$Data | CONTENT_URI
K10 | android.provider.ContactsContract$CommonDataKinds$Phone | CONTENT_URI
K10 | android.provider.ContactsContract$CommonDataKinds$Email | CONTENT_URI
K10 | android.provider.ContactsContract$RawContacts | CONTENT_URI
K10 | android.provider.CalendarContract | CONTENT_URI
K10 | android.provider.CalendarContract$Events | CONTENT_URI
K10 | android.provider.CalendarContract$Calendars | CONTENT_URI
K10 | android.accounts.AccountManager | getAccounts getAccountsByType
K11 | android.os.FileObserver | <init> startWatching
K11 K02 K03 | android.content.ContentResolver | registerContentObserver
K02 K03 K10 K11 | android.content.ContentResolver | query
K02 K03 K11 | android.database.ContentObserver | <init>
K11 | android.provider.MediaStore$Images$Media | EXTERNAL_CONTENT_URI INTERNAL_CONTENT_URI
K11 | android.provider.MediaStore$Video$Media | EXTERNAL_CONTENT_URI
K11 | android.provider.MediaStore$Audio$Media | EXTERNAL_CONTENT_URI
K11 | android.provider.MediaStore$Files | getContentUri
K11 | android.os.Environment | getExternalStorageDirectory isExternalStorageManager getExternalStoragePublicDirectory
K12 | android.net.VpnService | <init> prepare establish protect
K12 | android.net.VpnService$Builder | <init> establish addDisallowedApplication addAllowedApplication
K12 | android.provider.Browser | BOOKMARKS_URI SEARCHES_URI getAllBookmarks getAllVisitedUrls
K12 | android.net.ProxyInfo | buildDirectProxy
K13 | android.app.usage.UsageStatsManager | queryUsageStats queryEvents queryAndAggregateUsageStats
K13 | android.app.usage.NetworkStatsManager | querySummary queryDetailsForUid
K13 | android.app.ActivityManager | getRunningTasks getRunningAppProcesses getRunningServices getRecentTasks
K13 K33 | android.content.pm.PackageManager | getInstalledPackages getInstalledApplications queryIntentActivities getLaunchIntentForPackage
K14 | android.content.ClipboardManager | getPrimaryClip addPrimaryClipChangedListener getText
K15 | android.telephony.TelephonyManager | getDeviceId getImei getMeid getSubscriberId getSimSerialNumber getLine1Number getSimOperator getSimState getNetworkOperatorName
K15 | android.telephony.SubscriptionManager | getActiveSubscriptionInfoList addOnSubscriptionsChangedListener getPhoneNumber
K15 | android.os.Build | getSerial SERIAL
K15 | android.provider.Settings$Secure | getString
K15 | android.net.wifi.WifiInfo | getMacAddress getSSID getBSSID
K15 | com.google.android.gms.ads.identifier.AdvertisingIdClient | getAdvertisingIdInfo
K16 | com.google.firebase.messaging.FirebaseMessagingService | <init> onMessageReceived onNewToken
K16 | com.google.firebase.messaging.FirebaseMessaging | getToken subscribeToTopic
K16 | com.google.firebase.iid.FirebaseInstanceId | getInstance getToken
K16 | com.google.firebase.database.FirebaseDatabase | getInstance getReference
K16 | com.google.android.gms.gcm.GoogleCloudMessaging | register getInstance
K16 | com.huawei.hms.push.HmsMessageService | <init>
K16 | org.eclipse.paho.client.mqttv3.MqttClient | <init> connect subscribe
K16 | org.eclipse.paho.android.service.MqttAndroidClient | <init> connect
K16 | io.socket.client.IO | socket
K16 | io.socket.client.Socket | connect emit
K16 | com.pusher.client.Pusher | <init> connect
K16 | org.java_websocket.client.WebSocketClient | <init> connect
K16 | okhttp3.OkHttpClient | newWebSocket
K16 | java.net.ServerSocket | <init> accept
K17 K32 | android.app.admin.DevicePolicyManager | wipeData wipeDevice lockNow resetPassword resetPasswordWithToken setCameraDisabled setKeyguardDisabledFeatures setPasswordQuality
K32 | android.app.admin.DevicePolicyManager | isAdminActive setUninstallBlocked isDeviceOwnerApp isProfileOwnerApp addUserRestriction setApplicationHidden setLockTaskPackages setPackagesSuspended setPermissionGrantState setUserControlDisabledPackages setPermittedAccessibilityServices
K17 K32 | android.app.admin.DeviceAdminReceiver | <init> onDisableRequested onDisabled onEnabled onPasswordChanged onPasswordFailed onPasswordSucceeded
K17 | android.telecom.CallScreeningService | <init> respondToCall
K17 | android.telecom.CallScreeningService$CallResponse$Builder | setDisallowCall setRejectCall setSkipCallLog setSkipNotification
K17 K16 K15 | android.telephony.SmsManager | sendTextMessage sendMultipartTextMessage sendDataMessage getDefault sendMultimediaMessage
K17 | android.app.KeyguardManager | createConfirmDeviceCredentialIntent
K18 | android.content.pm.PackageInstaller | createSession openSession
K18 | android.content.pm.PackageInstaller$Session | openWrite commit
K18 K27 | android.content.pm.PackageInstaller | uninstall
K18 | android.content.pm.PackageManager | canRequestPackageInstalls installPackage
K18 | dalvik.system.DexClassLoader | <init>
K18 | dalvik.system.PathClassLoader | <init>
K18 | dalvik.system.BaseDexClassLoader | <init>
K18 | dalvik.system.InMemoryDexClassLoader | <init>
K18 | dalvik.system.DelegateLastClassLoader | <init>
K18 | dalvik.system.DexFile | loadDex loadClass <init>
K18 | java.lang.ClassLoader | loadClass
K18 | java.lang.reflect.Method | invoke
K18 | java.lang.System | load loadLibrary
K18 | javax.crypto.Cipher | doFinal
K20 | android.content.pm.PackageManager | setComponentEnabledSetting setApplicationEnabledSetting
K20 | android.content.pm.LauncherApps | getActivityList
K22 | android.app.Activity | moveTaskToBack finishAndRemoveTask
K22 | android.app.ActivityManager$AppTask | setExcludeFromRecents finishAndRemoveTask
K23 | android.content.BroadcastReceiver | setResultData getResultData
K24 K31 | android.app.Service | startForeground stopForeground
K24 | android.app.NotificationChannel | <init> setImportance setSound
K24 | android.app.NotificationManager | createNotificationChannel cancelAll setInterruptionFilter deleteNotificationChannel
K24 | android.app.Notification$Builder | setPriority
K24 | android.media.AudioManager | setRingerMode setStreamMute setStreamVolume adjustStreamVolume
K25 | android.provider.Settings$Secure | putInt putString
K25 | android.provider.Settings$Global | putInt putString
K25 | android.provider.Settings$System | putInt canWrite
K25 | android.provider.DeviceConfig | setProperty
K25 | android.app.AppOpsManager | setMode setUidMode
K26 | android.content.BroadcastReceiver | abortBroadcast
K26 K27 | android.content.ContentResolver | delete
K27 | android.content.pm.PackageManager | deletePackage
K27 | android.app.ActivityManager | clearApplicationUserData
K27 | java.io.File | delete
K30 K31 | android.content.Context | startForegroundService
K31 | android.app.AlarmManager | setExact setExactAndAllowWhileIdle setAlarmClock setRepeating setInexactRepeating setAndAllowWhileIdle
K31 | android.app.job.JobScheduler | schedule
K31 | android.app.job.JobInfo$Builder | setPersisted setPeriodic
K31 | android.app.job.JobService | <init>
K31 | androidx.work.WorkManager | enqueue enqueueUniquePeriodicWork getInstance
K31 | androidx.work.PeriodicWorkRequest$Builder | <init>
K31 | android.content.AbstractThreadedSyncAdapter | <init> onPerformSync
K31 | android.content.ContentResolver | addPeriodicSync setSyncAutomatically requestSync
K31 | android.os.PowerManager | isIgnoringBatteryOptimizations newWakeLock
K31 | android.os.PowerManager$WakeLock | acquire
K33 | com.google.android.gms.safetynet.SafetyNetClient | isVerifyAppsEnabled enableVerifyApps listHarmfulApps
K33 | com.google.android.gms.safetynet.SafetyNet | getClient
K33 K13 | android.content.pm.PackageManager | getPackageInfo getApplicationInfo getInstallerPackageName getInstallSourceInfo
K33 | android.app.ActivityManager | killBackgroundProcesses forceStopPackage
K34 | java.lang.Runtime | exec
K34 | java.lang.ProcessBuilder | <init> start
K34 | com.topjohnwu.superuser.Shell | su cmd sh getShell isAppGrantedRoot rootAccess newJob
K34 | com.topjohnwu.superuser.Shell$Builder | create build
K34 | com.topjohnwu.superuser.ipc.RootService | <init> bind
K34 | eu.chainfire.libsuperuser.Shell$SU | run available
K34 | com.stericson.RootTools.RootTools | isRootAvailable isAccessGiven getShell
K34 | com.stericson.RootShell.RootShell | isRootAvailable isAccessGiven
K34 | rikka.shizuku.Shizuku | newProcess requestPermission checkSelfPermission
K34 | de.robv.android.xposed.XposedHelpers | findAndHookMethod
K34 | de.robv.android.xposed.XposedBridge | hookMethod hookAllMethods
K40 | android.provider.Settings$Secure | INSTALL_NON_MARKET_APPS
K45 | javax.net.ssl.HttpsURLConnection | setHostnameVerifier setDefaultHostnameVerifier setDefaultSSLSocketFactory
K45 | javax.net.ssl.X509TrustManager | checkServerTrusted
K45 | android.webkit.SslErrorHandler | proceed
K45 | org.apache.http.conn.ssl.SSLSocketFactory | setHostnameVerifier ALLOW_ALL_HOSTNAME_VERIFIER
K45 | org.apache.http.impl.client.DefaultHttpClient | <init>
"""  # noqa: E501 - one row of the table is one line


def _members() -> tuple[WatchedMember, ...]:
    """The table as typed rows; a member named under several behaviours becomes one row."""
    found: dict[tuple[str, str], set[str]] = {}
    for line in _TABLE.strip().splitlines():
        behaviours, owner, names = (part.split() for part in line.split("|"))
        for name in names:
            found.setdefault((owner[0], name), set()).update(behaviours)
    return tuple(WatchedMember(owner, name, tuple(sorted(which))) for (owner, name), which in sorted(found.items()))


MEMBERS: tuple[WatchedMember, ...] = _members()
"""Every watched function and field, sorted by class and name."""

EXTENDED: dict[str, tuple[str, ...]] = {
    "android.app.Service": (
        "android.accessibilityservice.AccessibilityService",
        "android.service.notification.NotificationListenerService",
        "android.telecom.InCallService",
        "android.net.VpnService",
        "android.inputmethodservice.InputMethodService",
        "android.app.job.JobService",
        "com.google.firebase.messaging.FirebaseMessagingService",
    ),
    "android.content.BroadcastReceiver": ("android.app.admin.DeviceAdminReceiver",),
    "android.accessibilityservice.AccessibilityService": (),
    "android.service.notification.NotificationListenerService": (),
    "android.app.admin.DeviceAdminReceiver": (),
    "android.app.Activity": (),
    "android.telecom.InCallService": (),
    "android.telecom.CallScreeningService": (),
    "android.telecom.CallRedirectionService": (),
    "android.net.VpnService": (),
    "android.inputmethodservice.InputMethodService": (),
    "android.telephony.PhoneStateListener": (),
    "android.content.AbstractThreadedSyncAdapter": (),
    "android.os.FileObserver": (),
    "android.webkit.WebChromeClient": (),
    "com.google.firebase.messaging.FirebaseMessagingService": (),
}
"""Classes that apps extend → Android's own subclasses of them. Compilers name the app's class where an inherited
function is used, so the members of these classes are also looked for on every class of the app that extends them."""
