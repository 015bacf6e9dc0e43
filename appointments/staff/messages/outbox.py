"""The outbox as staff see it: what was sent, what failed, what somebody has to say on the phone."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils import timezone
from django.utils.html import linebreaks
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, ngettext

from appointments.messages import notices, sending_again
from appointments.messages.phone_tasks import phone_task_done
from appointments.messages.staleness import about_fallen
from appointments.messages.texts.wording import cost_in_words
from appointments.messages.to_staff import failed_unit
from appointments.models import Message, MessageChannel
from appointments.models.message import SAID_ON_THE_PHONE
from appointments.roles import HANDLE
from appointments.staff import urls
from appointments.staff.inbox.lists import Options, OptionsFilter, options_of
from appointments.staff.kit import staff_of
from appointments.staff.messages.notice_texts import NAMES
from appointments.staff.messages.samples import SAMPLES
from clinic.staff.read_only import LongList


@admin.action(description=gettext_lazy("Send again"), permissions=["handle"])
def send_again(outbox: "MessageAdmin", request: HttpRequest, queryset: Any) -> None:
    """Puts e-mails that failed back into the queue."""
    again = sending_again.send_again(queryset, staff_of(request), timezone.now())
    words = ngettext("%(count)s e-mail is tried again.", "%(count)s e-mails are tried again.", again)
    messages.success(request, words % {"count": again})


@admin.action(description=gettext_lazy("Said on the phone"), permissions=["handle"])
def said(outbox: "MessageAdmin", request: HttpRequest, queryset: Any) -> None:
    """Records that the words were said; of those that must not be said yet, that they wait."""
    not_yet = about_fallen(queryset.phone_tasks(), timezone.now())
    tasks = queryset.phone_tasks().exclude(pk__in=not_yet)
    done = sum(phone_task_done(task, staff_of(request)) for task in tasks)
    if not_yet:
        waits = ngettext(
            "%(count)s is not to be said yet: nobody is there at that time any more.",
            "%(count)s are not to be said yet: nobody is there at that time any more.",
            len(not_yet),
        )
        messages.warning(request, waits % {"count": len(not_yet)})
    words = ngettext("%(count)s call is done.", "%(count)s calls are done.", done)
    messages.success(request, words % {"count": done})


class ChannelFilter(OptionsFilter):
    """By e-mail, or what somebody says on the phone."""

    title = gettext_lazy("by")
    parameter_name = "channel__exact"

    def options(self, request: HttpRequest) -> Options:
        channels = options_of("channel", MessageChannel.choices)
        return channels | {MessageChannel.PHONE.value: (MessageChannel.PHONE.label, SAID_ON_THE_PHONE)}


class KindFilter(OptionsFilter):
    """What it is about, as it is called where every message can be read; all that the code knows, without a
    look at the rows."""

    title = gettext_lazy("about")
    parameter_name = "kind"

    def options(self, request: HttpRequest) -> Options:
        names: dict[str, str] = {}
        for sample in SAMPLES:
            names.setdefault(sample.kind, str(sample.name))
        names |= {kind: str(name) for kind, (name, _when) in NAMES.items()}
        names[failed_unit.KIND] = gettext("A part of the program has failed")
        return options_of("kind", sorted(names.items(), key=lambda each: each[1]))


class MessageAdmin(LongList):
    """Messages, the newest first; nothing is written or changed here."""

    list_display = ("subject", "request", "channel", "status", "attempts", "created_at", "sent_at")
    list_filter = ("status", ChannelFilter, KindFilter)
    list_select_related = ("request",)
    ordering = ("-created_at", "-pk")
    sortable_by = ()
    fields = (
        "request", "channel", "recipient", "language", "subject", "words", "status", "attempts",
        "cost", "created_at", "next_attempt_at", "sent_at", "delivered_at", "last_error",
    )  # fmt: skip
    readonly_fields = ("words", "cost", "delivered_at")
    actions = (send_again, said)

    def get_urls(self) -> list[URLPattern]:
        """Beside Django's own: every message, to read before it is ever sent."""
        return [*urls.in_admin(urls.MESSAGES, self.admin_site.admin_view), *super().get_urls()]

    def has_handle_permission(self, request: HttpRequest) -> bool:
        """Who may act on messages; named by the actions."""
        return request.user.has_perm(HANDLE)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the list's own filters."""
        return lookup in {"status__exact", "channel__exact", "kind"}

    @admin.display(description=gettext_lazy("text"))
    def words(self, message: Message) -> SafeString:
        """The text without the patient's own link."""
        return SafeString(linebreaks(notices.without_link(message.text), autoescape=True))

    @admin.display(description=gettext_lazy("cost"), empty_value="-")
    def cost(self, message: Message) -> str | None:
        """Of a text."""
        return cost_in_words(message.text) if message.channel == MessageChannel.TEXT else None

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("html", "text", "spoken")
