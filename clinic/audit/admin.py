"""The audit in the admin: superusers read it, nobody changes it. And what the sign-in must not show there."""

import re
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clinic.audit.entry import AuditEntry
from clinic.staff.read_only import LongList

# These rows hold sealed secrets and the keys of sessions; staff look after their own under /accounts/.
for _model in (Authenticator, EmailAddress, UserSession):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


@admin.register(AuditEntry)
class AuditEntryAdmin(LongList):
    """Who saw and who changed what, newest first. Looking for one request: its 'Patient's rights' page."""

    list_display = ("at", "user", "action", "how", "kind", "object_id", "count", "address", "page")
    list_display_links = None
    list_filter = ("action", ("at", admin.DateFieldListFilter))
    list_select_related = ("user",)
    search_fields = ("=object_id",)  # see get_search_results
    search_help_text = _("A user name, or the number of a row")
    list_per_page = list_max_show_all = 100
    sortable_by = ()
    actions = None

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Who did something, or to which row: each by its own index, not by a condition on both tables."""
        typed = search_term.strip()
        if not typed:
            return queryset, False
        users = list(User.objects.filter(username__iexact=typed).values_list("pk", flat=True))
        of_row = Q(object_id=typed)
        if users:
            of_row = Q(user__in=users) | of_row if typed.isdigit() else Q(user__in=users)
        return queryset.filter(of_row), False

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
