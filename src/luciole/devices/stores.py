"""Known app stores and installers, and known tools for root access: small lists, each entry with its reason."""

from __future__ import annotations

STORES: dict[str, str] = {
    "com.android.vending": "Google Play",
    "com.google.android.feedback": "Google Play, old name",
    "com.sec.android.app.samsungapps": "Samsung Galaxy Store",
    "com.samsung.android.app.omcagent": "Samsung, apps of the operator",
    "com.samsung.android.scloud": "Samsung, restored from a backup",
    "com.huawei.appmarket": "Huawei AppGallery",
    "com.hihonor.appmarket": "Honor App Market",
    "com.xiaomi.mipicks": "Xiaomi GetApps",
    "com.xiaomi.market": "Xiaomi App Store (China)",
    "com.heytap.market": "OPPO and OnePlus App Market",
    "com.oppo.market": "OPPO App Market, old name",
    "com.bbk.appstore": "vivo App Store (China)",
    "com.vivo.appstore": "vivo V-Appstore",
    "com.transsnet.store": "Palm Store of Tecno, Infinix, itel",
    "com.amazon.venezia": "Amazon Appstore",
    "com.amazon.mShop.android": "Amazon Appstore, old name",
    "org.fdroid.fdroid": "F-Droid",
    "org.fdroid.basic": "F-Droid Basic",
    "com.aurora.store": "Aurora Store (apps of Google Play)",
    "dev.imranr.obtainium": "Obtainium (from a project's releases)",
    "app.accrescent.client": "Accrescent",
    "app.grapheneos.apps": "GrapheneOS App Store",
    "com.facebook.system": "Facebook's installer, preinstalled by makers",
    "com.google.android.apps.work.clouddpc": "managed Google Play of a work profile",
    "com.microsoft.windowsintune.companyportal": "Intune, apps of an employer",
    "ru.vk.store": "RuStore",
}
"""Installer package → name. An app that a person installed through none of these counts as sideloaded."""

SHELL = "com.android.shell"
"""A computer: `adb install -i` can name any store as the installer, but the initiator stays the shell."""

ROOT_APPS: dict[str, str] = {
    "com.topjohnwu.magisk": "Magisk",
    "io.github.vvb2060.magisk": "Magisk Alpha",
    "me.weishu.kernelsu": "KernelSU",
    "com.rifsxd.ksunext": "KernelSU Next",
    "me.bmax.apatch": "APatch",
    "eu.chainfire.supersu": "SuperSU",
    "com.noshufou.android.su": "Superuser",
    "com.koushikdutta.superuser": "Superuser",
    "com.thirdparty.superuser": "Superuser",
    "com.kingroot.kinguser": "KingRoot",
    "com.kingo.root": "KingoRoot",
    "de.robv.android.xposed.installer": "Xposed",
    "org.lsposed.manager": "LSPosed",
}
"""Apps that manage root access."""
