"""The owner's figures: how the weeks and months went, from the counts of the days. Nothing of one patient."""

import csv
from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from appointments.follow_up.day_counts import NEVER
from appointments.models.counts import CountedDay, Figure
from appointments.roles import VIEW_FIGURES
from appointments.staff.figures import tables
from appointments.staff.figures.charts import bars
from appointments.staff.inbox.export import BOM, safe_cell
from appointments.staff.kit import answer, only_with
from appointments.staff.titles import treatment_titles
from clinic.http.pages import clinic_of
from clinic.jobs.kinds import CSV
from clinic.models import opening_times
from clinic.time.hours import clinic_day
from clinic.time.words import long_date

CHARTS = (Figure.REQUESTS, Figure.KEPT, Figure.BROKEN, Figure.VISITS, Figure.NO_SHOWS, Figure.MESSAGES_FAILED)
# Only for those who may see the figures.
for_owner = only_with(VIEW_FIGURES)


@require_safe
@for_owner
def figures_page(request: HttpRequest) -> HttpResponse:
    """The periods up to the chosen one beside each other, then the chosen one by its parts."""
    by, shown = _chosen(request)
    line = tables.line(by, shown, clinic_day(timezone.now()))
    start = line.starts[-1]
    after = tables.next_start(by, start)
    names = [tables.short_day(each) for each in line.starts]
    ends = tables.tick(by, line.starts[0]), tables.tick(by, start)
    context = {
        "title": _("Figures"),
        "by": by,
        "start": start,
        "start_words": long_date(start),
        "is_over": line.is_over,
        "counted": CountedDay.objects.filter(day__gte=start, day__lt=after, counted_at__gt=NEVER).exists(),
        "charts": [bars(str(figure.label), line.cells((figure.value, "")), names, ends) for figure in CHARTS],
        "tables": _tables(request, by, shown, line),
        "links": {
            "before": _address(by, line.starts[-2]),
            "after": _address(by, after) if after <= clinic_day(timezone.now()) else "",
            "week": _address("week", shown),
            "month": _address("month", shown),
            "csv": _address(by, start),
        },
    }
    return answer(request, "figures/page.html", context)


@require_safe
@for_owner
def as_csv(request: HttpRequest) -> HttpResponse:
    """The tables of the page, one below the other, with what the page hides left out too."""
    by, shown = _chosen(request)
    response = HttpResponse(BOM, content_type=CSV, headers={"Cache-Control": "no-store"})
    name = f"figures-{by}-{tables.first_day(by, shown):%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(response)
    line = tables.line(by, shown, clinic_day(timezone.now()))
    for table in _tables(request, by, shown, line):
        writer.writerow([safe_cell(cell) for cell in (table.title, *table.columns)])
        writer.writerows([safe_cell(cell) for cell in (words, *cells)] for words, cells in table.rows)
        writer.writerow([])
    return response


def _tables(request: HttpRequest, by: str, shown: date, line: tables.Periods) -> list[tables.Table]:
    promised = tables.promised(opening_times(), clinic_of(request))
    return [tables.as_table(line, promised), *tables.by_parts(by, shown, treatment_titles(request))]


def _chosen(request: HttpRequest) -> tuple[str, date]:
    """Weeks or months, and a day of the period; what can't be read is the last one that is over, or the
    present one where that was never counted."""
    today = clinic_day(timezone.now())
    by = "month" if request.GET.get("by") == "month" else "week"
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        day = tables.first_day(by, today) - timedelta(days=1)
        counted = CountedDay.objects.filter(day__gte=tables.first_day(by, day), day__lte=day)
        day = day if counted.exists() else today
    return by, min(max(day, date(2002, 1, 1)), today)


def _address(by: str, day: date) -> str:
    return f"?{urlencode({'by': by, 'day': day})}"
