"""Django's settings, made from the settings of the hub. Read once, when Django starts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from luciole.hub.site import catalogues, sqlite
from luciole.hub.site.mailing import mailing
from luciole.hub.site.table import HUB_FILE, Settings, hosts, load

sqlite.use_current()

KEY_FILE = "keys/django"
MAILS_FOLDER = "mails"
HUB_PACKAGE = Path(__file__).parent.parent


def read_settings() -> Settings:
    """The settings as they stand now, in the environment and in the file of the data folder."""
    folder = os.environ.get("LUCIOLE_HUB", "")
    path = Path(folder) / HUB_FILE
    return load(os.environ, path.read_text("utf-8") if folder and path.exists() else "")


HUB = read_settings()
"""The settings of the hub, for everything that needs them."""


def _secret() -> str:
    path = HUB.folder / KEY_FILE
    return path.read_text("ascii").strip() if path.exists() else "made-by-init"


def _database() -> dict[str, Any]:
    from luciole.hub.site.databases import postgresql, sqlite_file  # noqa: PLC0415 - after the swap of SQLite

    url = HUB.text("database")
    return postgresql(url) if url else sqlite_file(HUB.folder / "hub.db")


_ADDRESS = urlsplit(HUB.text("address"))
IS_HTTPS = _ADDRESS.scheme == "https"
"""Whether people reach the hub over TLS: decides on cookies, HSTS, and what links begin with."""

SECRET_KEY = _secret()
DEBUG = False
ALLOWED_HOSTS = hosts(_ADDRESS.hostname or "")
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
AUTH_USER_MODEL = "members.Person"
ROOT_URLCONF = "luciole.hub.site.urls"
APPEND_SLASH = False

INSTALLED_APPS = [
    "luciole.hub.site.apps.SiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "django_tasks",
    "django_tasks_db",
    "luciole.hub.members.apps.MembersConfig",
    "luciole.hub.audit.apps.AuditConfig",
    "luciole.hub.samples.apps.SamplesConfig",
    "luciole.hub.hooks.apps.HooksConfig",
]
MIDDLEWARE = [
    "luciole.hub.site.security.Shell",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "luciole.hub.site.security.SessionTimes",
    "luciole.hub.site.own_forms.OwnForms",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "luciole.hub.site.languages.PersonsLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [HUB_PACKAGE / name / "templates" for name in ("site", "members", "audit", "samples", "hooks")],
        "OPTIONS": {
            "environment": "luciole.hub.site.templating.environment",
            "context_processors": [
                "luciole.hub.site.templating.of_every_page",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
    {
        # What allauth brings for pages and mails that no template of ours replaces.
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    },
]

STATIC_URL = "/static/"
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.AppDirectoriesFinder"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "luciole.hub.site.static_files.Digested"},
}
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

_COOKIE = "__Host-" if IS_HTTPS else ""  # a prefix that browsers enforce (RFC 6265bis, section 4.1.3.2)
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = f"{_COOKIE}session"
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = f"{_COOKIE}form"
CSRF_COOKIE_AGE = None
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "luciole.hub.site.pages.form_refused"
LANGUAGE_COOKIE_NAME = f"{_COOKIE}language"
LANGUAGE_COOKIE_SECURE = IS_HTTPS
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = catalogues.offered()
LOCALE_PATHS = [catalogues.LOCALE]

PASSWORD_HASHERS = ["luciole.hub.site.passwords.Argon2id"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "luciole.hub.site.passwords.NotTooLong"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}

DEFAULT_FROM_EMAIL = SERVER_EMAIL = HUB.text("mail_from")
_MAIL = mailing(HUB.text("mail"), HUB.folder / MAILS_FOLDER)
EMAIL_BACKEND = _MAIL.backend
EMAIL_FILE_PATH = _MAIL.folder or None
EMAIL_HOST, EMAIL_PORT = _MAIL.host, _MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL.user, _MAIL.password
EMAIL_USE_SSL, EMAIL_USE_TLS = _MAIL.tls, _MAIL.starttls
EMAIL_TIMEOUT = 20

LOGGING_CONFIG = None  # `logs.configure` does it, once and for every process

# Accounts (django-allauth): by invitation alone, by e-mail address, with a second factor for whatever matters.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "members_remembered",  # limits on attempts hold for all processes, and after a restart
        "OPTIONS": {"MAX_ENTRIES": 100_000},
        "KEY_FUNCTION": "luciole.hub.site.limits.kept_under",
    }
}
ACCOUNT_ADAPTER = "luciole.hub.members.accounts.Accounts"
ACCOUNT_TEMPLATE_EXTENSION = "html.j2"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # whoever followed an invitation has shown that the address is theirs
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_RATE_LIMITS = {
    "login_failed": "20/m/ip,5/5m/key",
    "apply": "5/h/ip",
    "invitation": "20/m/ip",
    "server": "20/m/ip",
}
PASSWORD_RESET_TIMEOUT = 3600
MFA_ADAPTER = "luciole.hub.members.accounts.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "luciole.hub.members.codes.SignInCode",
    "reauthenticate": "luciole.hub.members.codes.AgainCode",
    "activate_totp": "luciole.hub.members.codes.FirstCode",
    "add_webauthn": "luciole.hub.members.codes.NewPasskey",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Luciole"
MFA_TOTP_TOLERANCE = 1
SOCIALACCOUNT_ADAPTER = "luciole.hub.members.accounts.Servers"
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True  # found once by address, known by its id from then on
SOCIALACCOUNT_STORE_TOKENS = False
