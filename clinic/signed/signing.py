"""How a signed text gets onto the site: submitted by an editor, signed off or passed by a physician who
practises here, at once or at a moment; what takes no physician, by who speaks for the clinic. Knows nothing
of pages: whatever is a SignedText goes this way.

Whoever decides says which version they saw; a conditional UPDATE decides between two at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clinic.models import Practitioner
from clinic.models.signed import Release, SignedText, State

TextT = TypeVar("TextT", bound=SignedText)

FASTER = _("A colleague was faster. Please look at what is there now.")


class PublishingRefused(Exception):
    """The rules say no. The message is for the person who tried."""


@dataclass(frozen=True)
class Seen:
    """What somebody had on the page when they decided: a version, and the one that was live beside it."""

    pk: int
    number: int
    state: str
    live_pk: int | None

    @classmethod
    def of(cls, version: SignedText, live: SignedText | None) -> "Seen":
        return cls(version.pk, version.number, version.state, live.pk if live else None)


def permission(row: Any, action: str) -> str:
    """The permission for `action` ('change', 'sign_off') on a page, a version or their model."""
    return f"{row._meta.app_label}.{action}_{row._meta.model_name}"


def physician_of(user: AbstractBaseUser | AnonymousUser) -> Practitioner | None:
    """The physician who practises here and whose account this is."""
    if user.pk is None:
        return None
    return Practitioner.objects.physicians().filter(user_id=user.pk).first()


def may_sign(user: User | AnonymousUser, text: Any) -> bool:
    """Whether `user` may sign versions such as `text`, a version or its model: by permission, and as a
    physician who practises here. To be a superuser is not enough. One query for those with the permission."""
    return user.has_perm(permission(text, "sign_off")) and physician_of(user) is not None


def require_signer(user: User, text: Any) -> None:
    """Raises PublishingRefused for who may not sign."""
    if not user.has_perm(permission(text, "sign_off")):
        raise PublishingRefused(_("Only a dermatologist can sign off medical content."))
    if physician_of(user) is None:
        raise PublishingRefused(
            _(
                "Only a physician who practises here can sign off: an active practitioner, marked as a "
                "physician, with this staff account."
            )
        )


def live_of(version: TextT) -> TextT | None:
    """The version of the same text that is live."""
    return version.of_same_text().filter(state=State.LIVE).first()


def begins_with(rows: QuerySet[TextT]) -> TextT | None:
    """The one of a text's versions, the newest first, with which the next begins: the draft, what is on its
    way to the site, what is live. What was refused or replaced is it where there is nothing else."""
    under_way = (State.DRAFT, State.WAITING, State.SCHEDULED, State.LIVE)
    return rows.filter(state__in=under_way).first() or rows.first()


def unanswered(versions: Iterable[TextT]) -> TextT | None:
    """Of the versions of one text the one that was sent back with a note, last, unless another was handed
    over since."""
    back, last = None, None
    for each in versions:
        if each.state == State.RETURNED and each.return_note and each.ended_at is not None:
            back = each if back is None or each.ended_at > cast("datetime", back.ended_at) else back
        if each.submitted_at is not None and (last is None or each.submitted_at > last):
            last = each.submitted_at
    answered = back is not None and last is not None and last > cast("datetime", back.ended_at)
    return None if answered else back


def submit(version: SignedText, now: datetime, goes_live_at: datetime | None = None) -> None:
    """Hands a draft over to the dermatologist, just as it was seen; it takes the place of one that waits.
    `goes_live_at` is the moment that the editor wishes for; who signs decides.

    Raises PublishingRefused when it was changed, submitted or thrown away meanwhile.
    """
    with transaction.atomic():
        rows = version.of_same_text()
        rows.filter(state=State.WAITING).update(state=State.SUPERSEDED, ended_at=now)
        _won(
            rows.filter(pk=version.pk, state=State.DRAFT, revision=version.revision),
            state=State.WAITING,
            submitted_at=now,
            goes_live_at=goes_live_at,
        )
    version.refresh_from_db()


def write(version: SignedText, by: User, now: datetime) -> None:
    """Stores what `by` wrote as a version that waits, in place of one that does; where `by` speaks for the
    clinic and it takes no physician, it is live at once."""
    with transaction.atomic():
        version.of_same_text().filter(state=State.WAITING).update(state=State.SUPERSEDED, ended_at=now)
        version.editor, version.state, version.submitted_at = by, State.WAITING, now
        version.save(force_insert=True)
        if not version.takes_a_physician and speaks_for_the_clinic(by, version):
            put_on_the_site(version, Seen.of(version, live_of(version)), by, now)


def sign_off(
    version: SignedText, seen: Seen, by: User, now: datetime, goes_live_at: datetime | None = None
) -> None:
    """`by` stands for the medical content of the waiting version that was `seen`: it goes live, now or later.

    Raises PublishingRefused.
    """
    require_signer(by, version)
    review = {"signed_off_by": by, "signed_off_at": now}
    _release(version, seen, {"release": Release.SIGNED, **review}, by, now, goes_live_at)


def pass_as_not_clinical(
    version: SignedText, seen: Seen, by: User, now: datetime, goes_live_at: datetime | None = None
) -> None:
    """`by` says that the waiting version that was `seen` changes nothing clinical: it goes live under the
    medical review of the one before, whose date stays. Raises PublishingRefused."""
    require_signer(by, version)
    live = live_of(version)
    if live is None:
        raise PublishingRefused(_("Nothing is live yet, so this is no change of it: sign it off."))
    review = {"signed_off_by": live.signed_off_by, "signed_off_at": live.signed_off_at}
    _release(version, seen, {"release": Release.PASSED, **review}, by, now, goes_live_at)


def speaks_for_the_clinic(user: User | AnonymousUser, text: Any) -> bool:
    """Whether `user` may put versions such as `text` on the site, where that takes no physician."""
    return user.has_perm(permission(text, "release"))


def put_on_the_site(version: SignedText, seen: Seen, by: User, now: datetime) -> None:
    """`by` says the words of the waiting version that was `seen` in the clinic's name: it goes live. Raises
    PublishingRefused, always for what takes a physician."""
    if version.takes_a_physician:
        raise PublishingRefused(_("This stands beside what a physician has signed: sign it off."))
    if not speaks_for_the_clinic(by, version):
        raise PublishingRefused(_("Only who speaks for the clinic can put this on the site."))
    _release(version, seen, {"release": Release.OWN}, by, now, None)


def review_again(version: SignedText, by: User, now: datetime) -> None:
    """Renews the medical review of the live version, or gives the first one to what came with the product.

    Raises PublishingRefused.
    """
    require_signer(by, version)
    rows = version.of_same_text().filter(pk=version.pk, state=State.LIVE)
    if version.signed_off_at is not None:
        rows = rows.filter(signed_off_at=version.signed_off_at)
    _won(rows, signed_off_by=by, signed_off_at=now)
    version.refresh_from_db()


def send_back(version: SignedText, seen: Seen, by: User, note: str, now: datetime) -> None:
    """Ends a version that waits, or is signed for later, with a `note` to the editor. Raises
    PublishingRefused."""
    if seen.state not in (State.WAITING, State.SCHEDULED):
        raise PublishingRefused(_("Only a version that waits can be sent back."))
    rows = version.of_same_text().filter(pk=seen.pk, number=seen.number, state=seen.state)
    if seen.state == State.SCHEDULED:
        rows = rows.filter(goes_live_at__gt=now)
    _won(rows, state=State.RETURNED, returned_by=by, return_note=note, ended_at=now)
    version.refresh_from_db()


def reschedule(
    version: SignedText, seen: Seen, by: User, now: datetime, goes_live_at: datetime | None
) -> None:
    """Another moment for a version that is signed for later, or at once. Raises PublishingRefused."""
    require_signer(by, version)
    rows = version.of_same_text().filter(pk=seen.pk, number=seen.number, state=State.SCHEDULED)
    rows = rows.filter(goes_live_at__gt=now)
    with transaction.atomic():
        _won(rows, goes_live_at=goes_live_at or now)
        if goes_live_at is None and not go_live(version, now):
            raise PublishingRefused(FASTER)
    version.refresh_from_db()


def go_live(version: SignedText, now: datetime) -> bool:
    """Turns a version that was signed for a moment into the live one; False when somebody was faster."""
    try:
        with transaction.atomic():
            _supersede(version, now)
            rows = version.of_same_text().filter(pk=version.pk, state=State.SCHEDULED, goes_live_at__lte=now)
            _won(rows, state=State.LIVE, published_at=now)
    except PublishingRefused:
        return False
    return True


def ship(version: SignedText, now: datetime) -> None:
    """Puts what came with the product onto the site, in place of what came with it before. The database
    refuses it for what somebody wrote.

    Raises PublishingRefused where somebody answers for what is live.
    """
    live = live_of(version)
    if live is not None and (live.release != Release.SHIPPED or live.signed_off_at is not None):
        raise PublishingRefused(_("What is live was signed here: this has to be signed too."))
    with transaction.atomic():
        _supersede(version, now)
        rows = version.of_same_text().filter(pk=version.pk, state=State.DRAFT)
        _won(rows, state=State.LIVE, release=Release.SHIPPED, published_at=now)
    version.refresh_from_db()


def _release(
    version: SignedText,
    seen: Seen,
    signature: dict[str, Any],
    by: User,
    now: datetime,
    goes_live_at: datetime | None,
) -> None:
    later = goes_live_at is not None and goes_live_at > now
    signature |= {"released_by": by, "released_at": now}
    signature |= {"state": State.SCHEDULED} if later else {"state": State.LIVE, "published_at": now}
    signature |= {"goes_live_at": goes_live_at if later else None}
    with transaction.atomic():
        # What was signed before for a later moment would put older words over these; once its moment has come
        # it is what the public sees.
        earlier = version.of_same_text().filter(state=State.SCHEDULED)
        for come in earlier.filter(goes_live_at__lte=now):
            go_live(come, now)
        earlier.update(state=State.SUPERSEDED, ended_at=now)
        if later:
            live_pk = version.of_same_text().filter(state=State.LIVE).values_list("pk", flat=True).first()
        else:
            live_pk = _supersede(version, now)
        if live_pk != seen.live_pk:
            raise PublishingRefused(_("What is on the site has changed meanwhile. Please look again."))
        rows = version.of_same_text().filter(pk=seen.pk, number=seen.number, state=State.WAITING)
        _won(rows.filter(state=seen.state), **signature)
    version.refresh_from_db()


def _supersede(version: SignedText, now: datetime) -> int | None:
    """Ends the live version of the text; its id."""
    live = version.of_same_text().filter(state=State.LIVE)
    pk: int | None = live.values_list("pk", flat=True).first()
    if pk is not None:
        _won(live.filter(pk=pk), state=State.SUPERSEDED, ended_at=now)
    return pk


def _won(rows: Any, **values: Any) -> None:
    """Writes `values` into the one row of `rows`. Raises PublishingRefused when it isn't there any more."""
    if rows.update(**values) != 1:
        raise PublishingRefused(FASTER)
