"""The text constants that are watched for in code, by group: data only."""

from __future__ import annotations

CONTENT_AUTHORITIES: frozenset[bytes] = frozenset(
    b"""
    sms mms mms-sms icc telephony call_log call_log_shadow contacts com.android.contacts com.android.calendar calendar
    browser com.android.browser.browser com.android.chrome.browser com.android.chrome.ChromeBrowserProvider
    com.sec.android.app.sbrowser.browser com.google.android.gm gmail-ls com.android.email.provider
    com.whatsapp.provider.contact com.facebook.orca.provider.ThreadsProvider media downloads user_dictionary
    com.android.voicemail
    """.split()
)
"""Authorities of content:// addresses that lead to a person's messages, calls, contacts, calendar, mail or browsing."""

_GROUPS: dict[str, str] = {
    "system-event": """
        android.provider.Telephony.SMS_RECEIVED
        android.provider.Telephony.SMS_DELIVER
        android.provider.Telephony.WAP_PUSH_RECEIVED
        android.provider.Telephony.SMS_CB_RECEIVED
        android.intent.action.DATA_SMS_RECEIVED
        android.intent.action.NEW_OUTGOING_CALL
        android.intent.action.PHONE_STATE
        android.intent.action.SIM_STATE_CHANGED
        android.telephony.action.SIM_CARD_STATE_CHANGED
        android.intent.action.BOOT_COMPLETED
        android.intent.action.LOCKED_BOOT_COMPLETED
        android.intent.action.QUICKBOOT_POWERON
        com.htc.intent.action.QUICKBOOT_POWERON
        android.intent.action.MY_PACKAGE_REPLACED
        android.intent.action.USER_PRESENT
        android.intent.action.PACKAGE_ADDED
        android.intent.action.PACKAGE_REMOVED
        android.hardware.action.NEW_PICTURE
        android.app.action.DEVICE_ADMIN_ENABLED
        android.app.action.DEVICE_ADMIN_DISABLE_REQUESTED
        android.app.action.ADD_DEVICE_ADMIN
        android.provider.Telephony.ACTION_CHANGE_DEFAULT
        android.settings.ACCESSIBILITY_SETTINGS
        android.settings.ACTION_NOTIFICATION_LISTENER_SETTINGS
        android.settings.USAGE_ACCESS_SETTINGS
        android.settings.action.MANAGE_OVERLAY_PERMISSION
        android.settings.MANAGE_UNKNOWN_APP_SOURCES
        android.settings.MANAGE_APP_ALL_FILES_ACCESS_PERMISSION
    """,
    "secret-code": """
        android_secret_code
        android.provider.Telephony.SECRET_CODE
        android.telephony.action.SECRET_CODE
        android.intent.extra.PHONE_NUMBER
    """,
    "recording-source": """
        VOICE_CALL
        VOICE_UPLINK
        VOICE_DOWNLINK
        VOICE_RECOGNITION
        VOICE_COMMUNICATION
        REMOTE_SUBMIX
        android.permission.CAPTURE_AUDIO_OUTPUT
        android.permission.CAPTURE_VIDEO_OUTPUT
        android.permission.CAPTURE_SECURE_VIDEO_OUTPUT
        android.permission.MODIFY_AUDIO_ROUTING
        incall_recording_mode
        getUserMedia
        navigator.mediaDevices.getUserMedia
        android.webkit.resource.VIDEO_CAPTURE
        android.webkit.resource.AUDIO_CAPTURE
    """,
    "screen-capture": """
        screencap
        screencap -p
        /system/bin/screencap
        /system/bin/screencap -p
        screenrecord
        /system/bin/screenrecord
        /dev/graphics/fb0
        android.service.media.MediaProjection
    """,
    "root": """
        /system/bin/su
        /system/xbin/su
        /sbin/su
        /su/bin/su
        /system/sd/xbin/su
        /system/bin/failsafe/su
        /system/su
        /vendor/bin/su
        /data/local/su
        /data/local/bin/su
        /data/local/xbin/su
        /system/xbin/daemonsu
        /system/app/Superuser.apk
        /system/bin/.ext/.su
        /system/bin/.ext
        /system/usr/we-need-root/su-backup
        /system/xbin/mu
        /system/xbin/busybox
        /sbin/magisk
        /sbin/.magisk
        /data/adb/magisk
        /data/adb/magisk.db
        /data/adb/modules
        /data/adb/ksu
        /data/adb/ap
        /cache/magisk.log
        /dev/.magisk.unblock
        magisk
        magiskhide
        com.topjohnwu.magisk
        io.github.vvb2060.magisk
        io.github.huskydg.magisk
        me.weishu.kernelsu
        me.bmax.apatch
        com.noshufou.android.su
        com.koushikdutta.superuser
        eu.chainfire.supersu
        com.thirdparty.superuser
        com.yellowes.su
        com.kingroot.kinguser
        com.kingo.root
        com.devadvance.rootcloak
        com.saurik.substrate
        de.robv.android.xposed.installer
        org.lsposed.manager
        su -c
        su -
        which su
        mount -o remount,rw /system
        mount -o rw,remount /system
        mount -o remount,rw -t yaffs2 /dev/block/mtdblock3 /system
        chmod 777 /data
        /system/priv-app
        /system/priv-app/
        moe.shizuku.privileged.api
    """,
    "system-edit": """
        pm disable
        pm disable-user
        pm hide
        pm grant
        pm uninstall
        pm install
        pm install -r
        pm clear
        appops set
        settings put
        settings put secure
        settings put global
        settings put secure enabled_accessibility_services
        settings put secure accessibility_enabled 1
        settings put secure enabled_notification_listeners
        device_config put
        device_config put privacy camera_mic_icons_enabled false default
        device_config put privacy location_indicators_enabled false default
        camera_mic_icons_enabled
        location_indicators_enabled
        enabled_accessibility_services
        accessibility_enabled
        dpm set-device-owner
        dumpsys deviceidle whitelist
        setenforce 0
        icon_blacklist
    """,
    "play-protect": """
        package_verifier_enable
        package_verifier_user_consent
        verifier_verify_adb_installs
        verifier_enable
        upload_apk_enable
        install_non_market_apps
        com.google.android.gms.security.settings.VerifyAppsSettingsActivity
        com.google.android.gms.settings.VERIFY_APPS_SETTINGS
        com.google.android.finsky.protectpage
        com.google.android.gms.security.verifyapps
        com.google.android.gms/.security.settings.VerifyAppsSettingsActivity
        Play Protect
        Google Play Protect
    """,
    "antivirus": """
        com.avast.android.mobilesecurity
        com.antivirus
        com.avg.cleaner
        org.antivirus
        com.avira.android
        com.bitdefender.security
        com.bitdefender.antivirus
        com.eset.ems2.gp
        com.eset.ems.gp
        com.kms.free
        com.kaspersky.security.cloud
        com.lookout
        org.malwarebytes.antimalware
        com.wsandroid.suite
        com.symantec.mobilesecurity
        com.norton.security
        com.sophos.smsec
        com.trendmicro.tmmspersonal
        com.trendmicro.mtrt.kor
        com.drweb
        com.drweb.pro
        com.fsecure.ms
        com.fsecure.ms.safe
        com.f_secure.ms.safe
        com.gdata.mobilesecurity
        de.gdata.mobilesecurity
        com.ikarus.mobile.security
        com.quickheal.platform
        com.qihoo.security
        com.qihoo360.mobilesafe
        com.tencent.qqpimsecure
        com.cleanmaster.mguard
        com.cleanmaster.security
        com.zimperium.zips
        com.protectstar.antispy.android
        com.protectstar.antispy.android.free
        com.certo.mobile.antispy
        com.incognitosecurity
        net.arkaitz.isdi
    """,
    "messenger": """
        com.whatsapp
        com.whatsapp.w4b
        com.gbwhatsapp
        org.telegram.messenger
        org.telegram.messenger.web
        org.telegram.plus
        org.thunderdog.challegram
        com.facebook.orca
        com.facebook.mlite
        com.facebook.katana
        com.facebook.lite
        com.instagram.android
        com.instagram.lite
        com.instagram.barcelona
        com.snapchat.android
        com.viber.voip
        com.skype.raider
        com.skype.m2
        com.imo.android.imoim
        com.imo.android.imoimbeta
        jp.naver.line.android
        com.linecorp.linelite
        com.tencent.mm
        com.tencent.mobileqq
        com.kakao.talk
        org.thoughtcrime.securesms
        com.zhiliaoapp.musically
        com.ss.android.ugc.trill
        com.discord
        kik.android
        com.tinder
        com.badoo.mobile
        com.bumble.app
        com.okcupid.okcupid
        com.grindrapp.android
        com.google.android.gm
        com.google.android.talk
        com.google.android.apps.messaging
        com.google.android.apps.dynamite
        com.samsung.android.messaging
        com.android.mms
        com.microsoft.teams
        com.microsoft.office.outlook
        com.yahoo.mobile.client.android.mail
        com.twitter.android
        com.vkontakte.android
        com.hike.chat.stickers
        com.bsb.hike
        com.zing.zalo
        com.bbm
        com.bbm.enterprise
        com.nimbuzz
        com.tumblr
        com.reddit.frontpage
        com.wire
        ch.threema.app
        im.vector.app
    """,
    "messenger-data": """
        msgstore.db
        msgstore.db.crypt14
        msgstore.db.crypt15
        wa.db
        /data/data/com.whatsapp/databases/msgstore.db
        /data/data/com.whatsapp/databases/wa.db
        /data/data/com.whatsapp/databases
        /data/data/com.whatsapp/databases/
        /data/data/com.whatsapp/files/key
        /data/data/com.facebook.orca/databases/threads_db2
        threads_db2
        /data/data/com.viber.voip/databases/viber_messages
        viber_messages
        viber_data
        /data/data/com.skype.raider/files
        /data/data/jp.naver.line.android/databases/naver_line
        naver_line
        /data/data/com.tencent.mm/MicroMsg
        EnMicroMsg.db
        /data/data/kik.android/databases/kikDatabase.db
        /data/data/com.instagram.android/databases/direct.db
        direct.db
        /data/data/com.snapchat.android/databases/tcspahn.db
        /data/data/org.telegram.messenger/files/cache4.db
        cache4.db
        /data/data/com.android.providers.telephony/databases/mmssms.db
        /data/data/com.android.providers.contacts/databases/contacts2.db
        mmssms.db
        contacts2.db
    """,
    "screen-element": """
        com.whatsapp:id/conversation_contact_name
        com.whatsapp:id/message_text
        com.whatsapp:id/entry
        com.whatsapp:id/conversation_contact_status
        com.whatsapp:id/date
        com.whatsapp.w4b:id/message_text
        com.instagram.android:id/direct_text_message_text_view
        com.instagram.android:id/row_thread_composer_edittext
        com.instagram.android:id/header_title
        com.snapchat.android:id/chat_message_text
        com.facebook.orca:id/message_text
        com.viber.voip:id/text_message
        org.telegram.messenger:id/chat_message_text
        com.android.chrome:id/url_bar
        com.android.chrome:id/search_box_text
        com.sec.android.app.sbrowser:id/location_bar_edit_text
        com.sec.android.app.sbrowser:id/custom_tab_toolbar_url_bar_text
        com.android.browser:id/url
        com.opera.browser:id/url_field
        com.opera.mini.native:id/url_field
        com.microsoft.emmx:id/url_bar
        com.brave.browser:id/url_bar
        org.mozilla.firefox:id/url_bar_title
        org.mozilla.firefox:id/mozac_browser_toolbar_url_view
        com.duckduckgo.mobile.android:id/omnibarTextInput
        com.android.settings:id/action_button
        com.android.settings:id/left_button
        com.android.settings:id/right_button
        com.android.settings:id/button1_negative
        com.android.settings:id/uninstall_button
        com.android.packageinstaller:id/ok_button
        com.android.packageinstaller:id/permission_allow_button
        com.android.permissioncontroller:id/permission_allow_button
        com.android.permissioncontroller:id/permission_allow_foreground_only_button
        com.google.android.packageinstaller:id/permission_allow_button
        android:id/button1
        com.android.systemui:id/dismiss_text
    """,
    "keep-alive": """
        com.miui.securitycenter
        com.miui.permcenter.autostart.AutoStartManagementActivity
        com.huawei.systemmanager
        com.huawei.systemmanager.startupmgr.ui.StartupNormalAppListActivity
        com.huawei.systemmanager.optimize.process.ProtectActivity
        com.coloros.safecenter
        com.coloros.safecenter.permission.startup.StartupAppListActivity
        com.oppo.safe
        com.vivo.permissionmanager
        com.iqoo.secure
        com.vivo.permissionmanager.activity.BgStartUpManagerActivity
        com.samsung.android.lool
        com.letv.android.letvsafe
        com.asus.mobilemanager
        com.oneplus.security
        android.settings.REQUEST_IGNORE_BATTERY_OPTIMIZATIONS
        android.settings.IGNORE_BATTERY_OPTIMIZATION_SETTINGS
    """,
    "accessibility": """
        flagRetrieveInteractiveWindows
        isAccessibilityTool
        canRetrieveWindowContent
        canPerformGestures
        TYPE_VIEW_TEXT_CHANGED
        android.permission.BIND_ACCESSIBILITY_SERVICE
        android.accessibilityservice.AccessibilityService
    """,
    "declared-monitor": """
        isMonitoringTool
        child_monitoring
        enterprise_management
    """,
    "account-panel": """
        license_key
        licence_key
        licenseKey
        licenceKey
        license_code
        activation_code
        activationCode
        registration_code
        pairing_code
        target_phone
        monitored_device
        victim_id
        victimId
        child_device_id
        parent_email
        hide_icon
        hideIcon
        hide_app_icon
        hideAppIcon
        hideApp
        hide_app
        isIconHidden
        stealth_mode
        stealthMode
        uninstall_password
        uninstall_code
        live_listen
        live_camera
        live_screen
        ambient_record
        ambient_recording
        surround_recording
        env_record
        call_recording_number
        spy_call
        spycall
        keylogger
        keylog
        key_logs
        send_sms_command
        remote_camera
        take_photo_command
        record_surround
        wipe_phone
    """,
    "cloud-command": """
        firebaseio.com
        appspot.com
        amazonaws.com
        api.telegram.org
        /sendMessage?chat_id=
    """,
}
"""Group → whole text constants, one a line. A constant counts only when it is exactly this text."""

STRINGS: dict[bytes, str] = {
    line.strip().encode(): group for group, lines in _GROUPS.items() for line in lines.split("\n") if line.strip()
}
"""Every watched constant → its group. All are ASCII."""
