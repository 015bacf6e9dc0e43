"""Who hears of what at once: who chose it and still may see it; of urgent requests, until they choose, the
physicians who practise here, by e-mail."""

from django.contrib.auth.models import User
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q

from appointments.models.to_staff.choice import MAY_HEAR, NoticeChoice, NoticeKind
from clinic.models import Practitioner
from clinic.operations.edition import Kept
from clinic.signed.signing import physician_of

_BACKEND = "django.contrib.auth.backends.ModelBackend"
_chosen: Kept[str, bool] = Kept(len(NoticeKind))


def of(kind: NoticeKind, *, but: int | None = None, only: int | None = None) -> list[User]:
    """Those with their choices, `but` the one who did it themselves, or `only` this one if they are among
    them. One query."""
    wanted = _wants(kind, "notice_choice__")
    if kind is NoticeKind.URGENT:
        wanted |= Q(notice_choice=None, practitioner__in=Practitioner.objects.physicians())
    may = User.objects.with_perm(MAY_HEAR[kind], backend=_BACKEND).filter(wanted, is_staff=True)
    rows = may.filter(pk=only) if only else may
    rows = rows.exclude(pk=but) if but else rows
    return list(rows.select_related("notice_choice").order_by("pk"))


def is_heard(kind: NoticeKind) -> bool:
    """Whether anybody chose to hear of `kind`, as a process knows it: no query, most of the time. For what
    patients wait for."""
    return _chosen.of(kind, lambda: NoticeChoice.objects.filter(_wants(kind)).exists())


def choice_of(user: User) -> NoticeChoice:
    """What `user` chose, or the unsaved choice of who never did. One query, or two, unless `of` gave them."""
    try:
        choice: NoticeChoice = user.notice_choice
    except ObjectDoesNotExist:
        choice = NoticeChoice(user=user, urgent_by_email=physician_of(user) is not None)
    return choice


def kinds_for(user: User) -> list[NoticeKind]:
    """What `user` may hear of."""
    return [kind for kind in NoticeKind if user.has_perm(MAY_HEAR[kind])]


def _wants(kind: NoticeKind, of: str = "") -> Q:
    return Q(**{f"{of}{kind.value}_by_email": True}) | Q(**{f"{of}{kind.value}_in_browser": True})
