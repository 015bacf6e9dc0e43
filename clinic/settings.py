"""Settings of the project. Everything that differs between machines comes from the environment.

Each value that is wrong or missing is a sentence that says what to do, and all of them together stop the
start; there is no default that would be unsafe on a public machine. How a variable is read:
clinic/operations/environment.py.
"""

import re
import unicodedata
from collections.abc import Callable
from email.utils import formataddr
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit
from zoneinfo import available_timezones

import django_stubs_ext
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

from clinic.operations import environment as env

# Lets classes of Django name what they hold, as in ModelAdmin[Clinic].
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

T = TypeVar("T")
_wrong: list[str] = []


def _read(reader: Callable[..., T], *arguments: Any) -> T:
    """What `reader` finds in the environment; what is wrong with it is kept, to be said with all the rest.

    It then returns None, which nothing meets but the lines up to that.
    """
    try:
        return reader(*arguments)
    except (ImproperlyConfigured, ValueError) as error:
        _wrong.append(str(error))
        return cast("T", None)


def _required(name: str, advice: str) -> str:
    value = env.text(name, "").strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {advice}")
    return value


def _site_address() -> SplitResult:
    url = _required(
        "SITE_URL",
        "Set it to the address under which patients reach the site, such as https://www.example.org",
    ).rstrip("/")
    try:
        parts = urlsplit(url)
        # Reading the port is what finds out that it is none; a space is no part of any host.
        if parts.port == 0 or any(sign.isspace() for sign in url):
            raise ValueError
    except ValueError as error:
        raise ImproperlyConfigured(f"SITE_URL is no address: {url!r}.") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path:
        raise ImproperlyConfigured("SITE_URL has to be http:// or https:// and a host, without a path.")
    return parts


def _data_folder() -> Path:
    folder = Path(env.text("VAR_DIR", str(BASE_DIR / "var"))).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"VAR_DIR can't be made: {error}.") from error
    return folder


def _time_zone() -> str:
    name = env.text("TIME_ZONE", "America/Los_Angeles")
    if name not in available_timezones():
        raise ImproperlyConfigured(f"TIME_ZONE is {name!r}, which no list of time zones knows.")
    return name


def _at_least(lowest: int, name: str, default: int) -> int:
    value = env.number(name, default)
    if value < lowest:
        raise ImproperlyConfigured(f"{name} is {value}, but can't be below {lowest}.")
    return value


def _one_of(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = env.text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}, but has to be one of: {', '.join(choices)}.")
    return value


def _database() -> dict[str, Any]:
    database = env.database("DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}")
    if not database["ENGINE"].endswith(("sqlite3", "postgresql")):
        raise ImproperlyConfigured("DATABASE_URL has to be postgres://... or sqlite:////path.")
    # Behind PgBouncer's transaction pooling the next row of a cursor may be asked of another connection.
    options = database.setdefault("OPTIONS", {})
    database["DISABLE_SERVER_SIDE_CURSORS"] = bool(options.pop("disable_server_side_cursors", False))
    # Opening a connection costs more than a page does, so both databases keep theirs.
    database["CONN_MAX_AGE"] = None
    database["CONN_HEALTH_CHECKS"] = True
    if database["ENGINE"].endswith("sqlite3"):
        # A transaction that starts by reading and then writes would fail at once with 'database is locked';
        # IMMEDIATE makes it wait its turn. EXTRA answers only after the directory entry is on disk too.
        database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA;",
        }
    else:
        # A machine that is off refuses nothing: libpq would wait for two minutes, and on a connection that it
        # has for a quarter of an hour.
        database["OPTIONS"] = options = {"connect_timeout": 5, "tcp_user_timeout": 15000, **options}
        if options.get("pool"):
            # Of each process; psycopg's own default keeps four open, where one is mostly used.
            options["pool"] = {"min_size": 1, "max_size": 8}
            database["CONN_MAX_AGE"] = 0
    return database


def _email() -> dict[str, Any]:
    """Django's e-mail settings from EMAIL_URL; without it nothing is sent and everything waits."""
    url = env.text("EMAIL_URL", "")
    if not url:
        return {"EMAIL_BACKEND": "clinic.operations.mail.NotSetUp"}
    values = env.mail("EMAIL_URL", "")
    if not values.get("EMAIL_BACKEND"):
        raise ImproperlyConfigured(
            "EMAIL_URL names no known way to send: use smtp://, submission:// or file://."
        )
    if values.get("EMAIL_FILE_PATH"):
        values["EMAIL_FILE_PATH"] = "/" + values["EMAIL_FILE_PATH"].lstrip("/")
    values["EMAIL_TIMEOUT"] = values.get("EMAIL_TIMEOUT") or 20
    asked = urlsplit(url)
    if asked.scheme == "smtps":
        # RFC 8314: TLS from the first byte, on port 465. The library takes it for STARTTLS.
        values |= {"EMAIL_USE_SSL": True, "EMAIL_USE_TLS": False, "EMAIL_PORT": values["EMAIL_PORT"] or 465}
    values["EMAIL_PLAIN_ALLOWED"] = parse_qs(asked.query).get("plain") == ["yes"]
    return {name: value for name, value in values.items() if name.isupper()}


def _texts() -> dict[str, Any]:
    """How text messages go out, from TEXTS_URL; without it there are none, and nothing speaks of them."""
    url = env.text("TEXTS_URL", "").strip()
    if not url:
        return {"TEXTS_BACKEND": ""}
    try:
        parts = urlsplit(url)
        asked, port = parse_qs(parts.query), parts.port
    except ValueError as error:
        raise ImproperlyConfigured("TEXTS_URL is no address of a message centre.") from error
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    sender = "".join(asked.get("sender", [])).strip(" +")
    by_smpp = parts.scheme in {"smpp", "smpps"}
    if not (by_smpp or parts.scheme == "twilio") or not parts.hostname or not user:
        raise ImproperlyConfigured(
            "TEXTS_URL has to be smpps://user:password@host:port/?sender=+13105550100, or "
            "twilio://account:token@api.twilio.com/?sender=+13105550100"
        )
    if not re.fullmatch(r"\d{3,15}", sender):
        raise ImproperlyConfigured(
            "TEXTS_URL has to name the number that texts come from: ?sender=+13105550100"
        )
    if by_smpp and (len(user) > 15 or len(password) > 8):
        raise ImproperlyConfigured("TEXTS_URL: SMPP knows names of up to 15 signs and passwords of up to 8.")
    return {
        "TEXTS_BACKEND": f"appointments.messages.texts.{'smpp.Smpp' if by_smpp else 'twilio_api.Twilio'}",
        "TEXTS_HOST": parts.hostname,
        "TEXTS_PORT": port or (3550 if parts.scheme == "smpps" else 2775),
        "TEXTS_TLS": parts.scheme != "smpp",
        "TEXTS_USER": user,
        "TEXTS_PASSWORD": password,
        "TEXTS_SENDER": sender,
        "TEXTS_PLAIN_ALLOWED": asked.get("plain") == ["yes"],
    }


def _operators() -> list[str]:
    """Who is told when a program of the machine fails; needs no database, as that may be what failed."""
    given: list[str] = env.items("OPERATOR_EMAIL", [])
    found = [address.strip() for address in given]
    for address in found:
        try:
            validate_email(address)
        except ValidationError as error:
            raise ImproperlyConfigured(
                f"OPERATOR_EMAIL has {address!r}, but has to be one or more addresses, with commas between."
            ) from error
    return found


def _breached_passwords() -> Path | None:
    """The operator's own list of stolen passwords: the SHA-1 of each in hex, a line each, in order."""
    given = env.text("BREACHED_PASSWORDS", "").strip()
    if not given:
        return None
    try:
        with Path(given).open("rb") as listed:
            first = listed.readline(80)
    except OSError as error:
        raise ImproperlyConfigured(f"BREACHED_PASSWORDS can't be read: {error}.") from error
    if not re.fullmatch(rb"[0-9A-Fa-f]{40}(:\d+)?\r?\n?", first):
        raise ImproperlyConfigured("BREACHED_PASSWORDS has to name a list of SHA-1 digests, a line each.")
    return Path(given)


def _sender() -> str:
    """The From line: `Name <address>` or an address. A name with a comma or an accent is put into quotes."""
    written = env.text("DEFAULT_FROM_EMAIL", "").strip()
    if not written:
        return f"no-reply@{_site.hostname}"
    name, _, address = written.rpartition("<")
    address = address.removesuffix(">").strip()
    try:
        if any(unicodedata.category(each) == "Cc" for each in written):
            raise ValidationError("a line break or another sign that ends a header")
        validate_email(address)
    except ValidationError as error:
        raise ImproperlyConfigured(
            f"DEFAULT_FROM_EMAIL is {written!r}, but has to be: Name of the clinic <address@its.domain>"
        ) from error
    return formataddr((_unquoted(name.strip()), address))


def _unquoted(name: str) -> str:
    """A name as it is said: without the quotes around it, and `\\"` in them for a quote (RFC 5322, 3.2.4)."""
    if len(name) > 1 and name[0] == name[-1] == '"':
        return re.sub(r"\\(.)", r"\1", name[1:-1])
    return name


def _bounces() -> str:
    """The mailbox with the reports of what came back, or ''."""
    url = env.text("BOUNCES_URL", "").strip()
    parts = urlsplit(url)
    if url and not (
        (parts.scheme in {"imaps", "imap"} and parts.hostname and parts.username and parts.password)
        or (parts.scheme == "maildir" and parts.path.startswith("/") and not parts.netloc)
    ):
        raise ImproperlyConfigured(
            "BOUNCES_URL has to be imaps://user:password@host/INBOX or maildir:///path."
        )
    return url


def _bounces_address() -> str:
    address = env.text("BOUNCES_ADDRESS", "").strip()
    try:
        if address:
            validate_email(address)
    except ValidationError as error:
        raise ImproperlyConfigured(f"BOUNCES_ADDRESS is {address!r}, which is no e-mail address.") from error
    return address


DEBUG = _read(env.switch, "DEBUG", False)
VAR_DIR = _read(_data_folder) or BASE_DIR
SECRET_KEY = _read(
    _required,
    "SECRET_KEY",
    "Set it, or SECRET_KEY_FILE, to at least 50 random characters that nobody else knows.",
)
_site = _read(_site_address) or urlsplit("")
SITE_URL = _site.geturl()
ALLOWED_HOSTS = _read(env.items, "ALLOWED_HOSTS", [_site.hostname])
DATABASES = {"default": _read(_database)}
TRUSTED_PROXIES = _read(_at_least, 0, "TRUSTED_PROXIES", 0)
SECRET_KEY_FALLBACKS: list[str] = _read(env.items, "SECRET_KEY_FALLBACKS", [])
STAFF_SECOND_FACTOR = _read(_one_of, "STAFF_SECOND_FACTOR", "required", ("required", "off"))
SESSION_IDLE_SECONDS = 60 * (_read(_at_least, 1, "SESSION_IDLE_MINUTES", 30) or 0)
OUTBOX_RETRY_SECONDS = _read(_at_least, 1, "OUTBOX_RETRY_SECONDS", 60)
RATE_LIMITS = _read(_one_of, "RATE_LIMITS", "on", ("on", "off")) == "on"
MEDIA_DIR = _read(env.text, "MEDIA_DIR", "")
METRICS_TOKEN = _read(env.text, "METRICS_TOKEN", "")
WORKER_BEAT = _read(env.text, "WORKER_BEAT", "")
# The owner's to turn on: it binds every name below the site's own for two years.
HSTS_SUBDOMAINS = _read(env.switch, "HSTS_SUBDOMAINS", False)
HSTS_PRELOAD = _read(env.switch, "HSTS_PRELOAD", False)
LOG_LEVEL = _read(_one_of, "LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
TIME_ZONE = _read(_time_zone)
CACHES = {"default": _read(env.cache, "CACHE_URL", "locmem://")}
DEFAULT_FROM_EMAIL = _read(_sender)
OPERATOR_EMAIL: list[str] = _read(_operators) or []
BREACHED_PASSWORDS: Path | None = _read(_breached_passwords)
BOUNCES_URL = _read(_bounces)
BOUNCES_ADDRESS = _read(_bounces_address)
BOUNCES_WEBHOOK = _read(_one_of, "BOUNCES_WEBHOOK", "", ("", "postmark", "mailgun", "brevo"))
BOUNCES_WEBHOOK_SECRET = _read(env.text, "BOUNCES_WEBHOOK_SECRET", "")
BOUNCES_WEBHOOK_KEY = _read(env.text, "BOUNCES_WEBHOOK_KEY", "")
EMAIL_PLAIN_ALLOWED = False
globals().update(_read(_email) or {})
TEXTS_BACKEND = TEXTS_SENDER = TEXTS_HOST = TEXTS_USER = TEXTS_PASSWORD = ""
TEXTS_PORT, TEXTS_TLS, TEXTS_PLAIN_ALLOWED = 0, False, False
TEXTS_TIMEOUT = 10.0  # seconds, for each step of the dialogue
globals().update(_read(_texts) or {})
if _wrong:
    raise ImproperlyConfigured(
        "\n".join(
            (
                "The site can't start, because of its environment:",
                *(f"- {sentence}" for sentence in _wrong),
                "`make run` starts a demonstration that needs none; .env.example shows a real site's.",
            )
        )
    )

INSTALLED_APPS = [
    "clinic.apps.ClinicAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "crispy_forms",
    "crispy_bootstrap5",
    "phonenumber_field",
    "django_prose_editor",
    "clinic",
    "treatments",
    "appointments",
]

MIDDLEWARE = [
    "clinic.operations.logs.log_requests",
    "clinic.operations.metrics.count_answers",
    "clinic.http.headers.set_headers",
    "clinic.http.kept.page_cache.keep_public_pages",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "clinic.operations.health.answer_probes",
    "clinic.http.other_sites.refuse_other_sites",
    "clinic.http.form_gate.refuse_malformed_forms",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "clinic.audit.recording.RecordStaff",
    "clinic.staff.sessions.EndSessions",
    "clinic.staff.second_factor.SecondFactor",
    "clinic.staff.passwords.ChangeFirst",
    "clinic.http.pages.clinic_on_request",
]

# For how long a public page may be given again where nobody has changed anything: what it says of the time of
# day is late by no more.
PAGE_CACHE_SECONDS = 60.0

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "clinic.http.views.site_context",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "clinic" / "locale"]
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
# Pictures. Their names change with their content, so what lies under a name may be written again.
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(MEDIA_DIR).resolve() if MEDIA_DIR else VAR_DIR / "media"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"allow_overwrite": True},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "clinic.http.static_files.StaticFiles"
    },
}
# What the worker prepares for staff, encrypted; several machines share this folder (docs/operations.md).
JOBS_DIR = VAR_DIR / "exports"
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# What was not collected yet is served from where it lies, uncompressed; what was is not looked for again.
WHITENOISE_USE_FINDERS = not (STATIC_ROOT / "staticfiles.json").exists()
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["map", "png", "woff2", "gz", "br"]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "clinic.staff.passwords.ClinicWords"},
    {"NAME": "clinic.staff.passwords.Guessable"},
    {"NAME": "clinic.staff.passwords.Breached"},
]

PHONENUMBER_DEFAULT_REGION = "US"
# The default, E164, would drop extensions without a word.
PHONENUMBER_DB_FORMAT = "RFC3966"

# The staff's sign-in: closed to newcomers, by user name, with a second factor. See docs/access.md.
AUTHENTICATION_BACKENDS = ["clinic.staff.sign_in.CountedBackend"]
LOGIN_URL = "account_login" if STAFF_SECOND_FACTOR == "required" else "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
ACCOUNT_ADAPTER = "clinic.staff.sign_in.StaffAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
# The attempts with a password are counted in clinic/staff/sign_in.py, those with a code here: after five
# wrong ones the account waits, but only somebody who has the password gets that far.
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,5/2m/key"} if RATE_LIMITS else False
MFA_ADAPTER = "clinic.staff.sign_in.StaffMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "FineTouch Dermatology"
# A code may turn while somebody types it; clinic/staff/codes.py sees that none counts twice.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "clinic.staff.codes.SignInForm",
    "reauthenticate": "clinic.staff.codes.ProofForm",
    "login_webauthn": "clinic.staff.passkeys.SignInForm",
    "authenticate_webauthn": "clinic.staff.passkeys.SecondStepForm",
    "reauthenticate_webauthn": "clinic.staff.passkeys.ProofForm",
    "add_webauthn": "clinic.staff.passkeys.NewKeyForm",
}
ACCOUNT_FORMS = {"login": "clinic.staff.passkeys.PasswordForm"}
# Staff's addresses are not confirmed by mail; without this nobody could set up a second factor.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Each opening of the sign-in page asks what a passkey would have to sign; nothing can be guessed there.
MFA_RATE_LIMITS: Any = {"webauthn_login": "120/m/ip"} if RATE_LIMITS else False
SESSION_COOKIE_AGE = 12 * 3600
# The list of one's sessions says when each was seen last; clinic/staff/sessions.py notes it.
USERSESSIONS_TRACK_ACTIVITY = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

SECURE_SITE = _site.scheme == "https"
SECURE_SSL_REDIRECT = SECURE_SITE
SECURE_REDIRECT_EXEMPT = [r"^(?:healthz|readyz|statusz|metrics)$"]
SECURE_HSTS_SECONDS = 2 * 365 * 86400 if SECURE_SITE else 0
# Both bind every name below this one, for years: where there may be some, the owner turns them on.
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_SITE and HSTS_SUBDOMAINS
SECURE_HSTS_PRELOAD = SECURE_HSTS_INCLUDE_SUBDOMAINS and HSTS_PRELOAD
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# 'no-referrer' would make browsers send 'Origin: null' with the forms, which the CSRF check refuses.
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = SECURE_SITE
CSRF_COOKIE_SECURE = SECURE_SITE
CSRF_COOKIE_HTTPONLY = True
if SECURE_SITE:
    # Browsers take cookies of these names from this very host alone, over HTTPS.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
MESSAGE_STORAGE = "clinic.http.messages.Storage"
CSRF_FAILURE_VIEW = "clinic.http.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "frame-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "report-uri": "/csp-report",
        "report-to": "csp",
    }
}

# The forms refuse a body over 64 KiB themselves; this is the admin's limit, where texts are edited.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
# One picture, and only where a view says so: clinic/http/form_gate.py.
DATA_UPLOAD_MAX_NUMBER_FILES = 1

SERVER_EMAIL = DEFAULT_FROM_EMAIL
# What django-anymail asks of a provider's webhook.
ANYMAIL = {"WEBHOOK_SECRET": BOUNCES_WEBHOOK_SECRET} | (
    {"MAILGUN_WEBHOOK_SIGNING_KEY": BOUNCES_WEBHOOK_KEY} if BOUNCES_WEBHOOK_KEY else {}
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "clinic.operations.logs.JsonFormatter"},
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line" if DEBUG else "json"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Django logs the path of every 4xx and 5xx, and a path can hold a patient's link. Without any handler
        # Python's last resort would still print it.
        "django.request": {"handlers": ["nowhere"], "propagate": False},
        "django.security": {"handlers": ["nowhere"], "propagate": False},
        # These write down what passes, with numbers and words.
        "twilio": {"handlers": ["nowhere"], "propagate": False},
        "smpp": {"handlers": ["nowhere"], "propagate": False},
        "smpplib": {"handlers": ["nowhere"], "propagate": False},
    },
}
