"""What kinds of long work there are. The apps bring theirs, so that the clinic needs to know none of them."""

from collections.abc import Collection, Iterable

from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.utils.translation import ngettext

from clinic.models import Job
from clinic.staff.site import Words

CSV = "text/csv; charset=utf-8"
JSON = "application/json"
HTML = "text/html; charset=utf-8"


class NothingThere(Exception):
    """What the work is about is gone."""


class Kind:
    """One kind of long work, for those who hold all of `permissions` when they ask, while it is done and when
    they fetch the file.

    The worker asks for the `keys` once, then goes through them by portions of `at_once`: `text` of each, of
    which the file consists, and `stored` within the transaction in which the portion counts as done. Nothing
    is locked while `keys` and `text` read. A portion whose worker dies is done again from its `text` on. A
    file that is made anew has the same keys; `stored` happens once for each, `again` is asked instead.
    """

    name: str
    words: Words
    permissions: tuple[str, ...] = ()
    at_once = 500
    # Without a type no file comes of it.
    content_type = ""

    def keys(self, job: Job) -> Iterable[int]:
        """The rows, in their order; read as a stream. May raise NothingThere."""
        raise NotImplementedError

    def text(self, job: Job, keys: list[int]) -> str:
        """What the file has of these rows; those that are gone meanwhile are left out."""
        return ""

    def begin(self, job: Job) -> str:
        """What stands before the first of them."""
        return ""

    def stored(self, job: Job, keys: list[int]) -> int:
        """What is written along with a portion; in how many of its rows there was something."""
        return len(keys)

    def again(self, job: Job, keys: list[int]) -> int:
        """In how many of these rows there is something still: `stored` has had them, and the file is made
        anew."""
        return len(keys)

    def may_hold(self, job: Job, keys: Collection[int], gone: Collection[int]) -> bool:
        """Whether a file of the rows `keys` can have something of the rows `gone`, which are erased."""
        return True

    def counted(self, count: int) -> str:
        """So many of what it goes through, as the pages say it: '12,000 requests'."""
        rows = ngettext("%(count)s row", "%(count)s rows", count)
        return rows % {"count": f"{count:,}"}

    def left(self, count: int) -> str:
        """That in so many of them nothing was done, and why, in a sentence; of a kind without a file."""
        words = ngettext("%(count)s row was left as it is.", "%(count)s rows were left as they are.", count)
        return words % {"count": f"{count:,}"}

    def about(self, job: Job) -> models.Model | None:
        """The row that the audit names: the job itself, unless another one is meant."""
        return job

    def allows(self, user: User | AnonymousUser) -> bool:
        """Whether `user` may have it."""
        return user.is_active and user.is_staff and user.has_perms(self.permissions)


_kinds: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Has the worker know them."""
    _kinds.update({kind.name: kind for kind in kinds})


def kind_of(job: Job) -> Kind | None:
    """None for one of a version that knew another."""
    return _kinds.get(job.kind)
