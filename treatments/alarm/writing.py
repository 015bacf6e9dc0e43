"""How the alarm words change: a draft, handed over, and signed by a physician who practises here. The steps
are those of any signed text (clinic.signed.signing); what is live shows at once, on every page."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from clinic.models import Clinic
from clinic.signed import signing
from clinic.signed.signing import PublishingRefused, Seen, permission
from treatments.alarm.signs import phrases
from treatments.alarm.words import COLUMNS, SHIPPED
from treatments.models import AlarmWords, State


def columns_of(version: AlarmWords) -> dict[str, str]:
    """What a version says, by column."""
    return {name: getattr(version, name) for name in COLUMNS}


def save_draft(words: Mapping[str, str], change_note: str, by: User | None, seen: str) -> AlarmWords:
    """Stores `words` as the one draft. `seen` names what they were written over, see `mark_of`.

    Raises PublishingRefused when somebody else has written since. `by` is None for what is shipped.
    """
    if by is not None and not by.has_perm(permission(AlarmWords, "change")):
        raise PublishingRefused(_("You can't change the alarm words."))
    with transaction.atomic():
        # One at a time: there may be no version yet to lock.
        list(Clinic.objects.select_for_update().filter(pk=1).values("pk"))
        newest = AlarmWords.objects.first()
        if mark_of(newest) != seen:
            raise PublishingRefused(
                _("Somebody else has changed this text meanwhile. Nothing of theirs is overwritten.")
            )
        if newest is not None and newest.state == State.DRAFT:
            draft = newest
            draft.revision += 1
        else:
            draft = AlarmWords(number=newest.number + 1 if newest else 1)
        draft.editor, draft.change_note = by, change_note
        for name in COLUMNS:
            setattr(draft, name, words[name])
        draft.save()
    return draft


def mark_of(newest: AlarmWords | None) -> str:
    """Names a version as it stands, and how often it was saved; '' for none."""
    return f"{newest.pk}-{newest.revision}" if newest else ""


def submit(draft: AlarmWords, by: User, now: datetime) -> None:
    """Hands the draft over to the dermatologist. Raises PublishingRefused."""
    if not by.has_perm(permission(AlarmWords, "change")):
        raise PublishingRefused(_("You can't change the alarm words."))
    signing.submit(draft, now)


def discard(draft: AlarmWords, seen: Seen, by: User) -> None:
    """Throws the draft that was `seen` away. Raises PublishingRefused."""
    if not by.has_perm(permission(AlarmWords, "change")):
        raise PublishingRefused(_("You can't change the alarm words."))
    rows = AlarmWords.objects.filter(pk=seen.pk, state=State.DRAFT, revision=draft.revision)
    if seen.pk != draft.pk or not rows.delete()[0]:
        raise PublishingRefused(signing.FASTER)


def pass_as_not_clinical(version: AlarmWords, seen: Seen, by: User, now: datetime) -> None:
    """As signing.pass_as_not_clinical, where the signs stay: which there are is clinical."""
    signing.require_signer(by, version)
    live = signing.live_of(version)
    if live and signs_of(live) != signs_of(version):
        raise PublishingRefused(_("The signs have changed: that is clinical. Sign it off."))
    signing.pass_as_not_clinical(version, seen, by, now)


def signs_of(version: AlarmWords) -> list[list[str]]:
    """The signs of each list, however they are spelt and joined."""
    return [phrases(getattr(version, name)) for name in COLUMNS if "_signs" in name]


def sign_off(version: AlarmWords, seen: Seen, by: User, now: datetime) -> None:
    """`by` stands for the waiting version that was `seen`: from now on every page says it. Raises
    PublishingRefused."""
    signing.sign_off(version, seen, by, now)


def review_again(version: AlarmWords, by: User, now: datetime) -> None:
    """Gives the live version a medical review: the first to what was shipped. Raises PublishingRefused."""
    signing.review_again(version, by, now)


def send_back(version: AlarmWords, seen: Seen, by: User, note: str, now: datetime) -> None:
    """Ends a version that waits: who signs says why in a note, an editor takes it back. The next one begins
    from it. Raises PublishingRefused."""
    signs = signing.may_sign(by, version)
    if not signs and not by.has_perm(permission(AlarmWords, "change")):
        raise PublishingRefused(_("You can't change the alarm words."))
    if signs and not note.strip():
        raise PublishingRefused(_("Write a note: the editor has to know what to change."))
    signing.send_back(version, seen, by, note.strip(), now)


def ship(now: datetime) -> bool:
    """The shipped words as the first version, live without a signer; False where there is a version."""
    if AlarmWords.objects.exists():
        return False
    signing.ship(save_draft(SHIPPED, SHIPPED["change_note"], None, ""), now)
    return True
