"""The audit in the admin: superusers read it, nobody changes it. And what the sign-in must not show there."""

import re

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clinic.audit.entry import AuditEntry
from clinic.staff.read_only import ReadOnlyAdmin

# These rows hold sealed secrets and the keys of sessions; staff look after their own under /accounts/.
for _model in (Authenticator, EmailAddress, UserSession):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who saw and who changed what, newest first. Looking for one request: its 'Patient's rights' page."""

    list_display = ("at", "user", "action", "how", "kind", "object_id", "count", "address", "page")
    list_display_links = None
    list_filter = ("action", ("at", admin.DateFieldListFilter))
    list_select_related = ("user",)
    search_fields = ("=user__username", "=object_id")
    search_help_text = _("A user name, or the number of a row")
    show_full_result_count = False
    list_per_page = 100
    sortable_by = ()
    actions = None

    @admin.display(description=_("kind"))
    def kind(self, entry: AuditEntry) -> str:
        """The table's name without its app."""
        return entry.model.partition(".")[2]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the filters that the list shows; a year far away is none."""
        if lookup in ("at__gte", "at__lt"):
            return bool(re.match(r"2[01]\d\d-\d\d-\d\d", value, re.ASCII))
        return lookup in ("action__exact", "at__isnull")

    def has_view_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        """Superusers, whatever a group was given."""
        return bool(request.user.is_active and request.user.is_superuser)
