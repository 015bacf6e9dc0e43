"""What the next page says to somebody, kept in a cookie of this host alone, as the others are."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class OwnCookie(CookieStorage):
    """Django's, under a name that browsers take from this very host alone where the site is on HTTPS."""

    cookie_name = "__Host-messages" if settings.SECURE_SITE else CookieStorage.cookie_name


class Storage(FallbackStorage):
    """The cookie; what is too long for it, in the session."""

    storage_classes = (OwnCookie, SessionStorage)
