"""What Today says to those who look after the content."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Prefetch
from django.http import HttpRequest

from clinic.staff.site import Part, Section, address, on_front_page
from clinic.time.hours import clinic_day
from treatments.models import Article, ArticleVersion, Treatment, TreatmentVersion
from treatments.publishing import AnyPage, permission, review_due


@on_front_page
def medical_reviews(request: HttpRequest, now: datetime) -> Iterator[Part]:
    """The pages whose medical review is due, or whose changes wait for a sign-off. Four queries."""
    pages: list[AnyPage] = [
        *Treatment.objects.published().prefetch_related(
            Prefetch("versions", TreatmentVersion.objects.defer("body"))
        ),
        *Article.objects.published().prefetch_related(
            Prefetch("versions", ArticleVersion.objects.defer("body"))
        ),
    ]
    may_see = [page for page in pages if request.user.has_perm(permission(page, "change"))]
    if not may_see:
        return
    lines = [
        {
            "review": review,
            "url": address(
                f"treatments_{review.page._meta.model_name}_version", review.page.pk, review.version.pk
            ),
        }
        for review in review_due(may_see, clinic_day(now))
        if not review.page.is_sample
    ]
    may_sign_off = request.user.has_perm("treatments.sign_off_treatmentversion")
    yield Section("admin/treatments/today.html", {"lines": lines, "may_sign_off": may_sign_off}, 3)
