"""Every address of the site. Spanish stands under /es/."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from clinic.feed import serving as calendars
from clinic.http import csp_reports, views
from clinic.operations import health, metrics
from clinic.pictures import serving, sharing

urlpatterns = [
    *(path(name, probe, name=name) for name, probe in health.PROBES.items()),
    path("metrics", metrics.metrics, name="metrics"),
    path("csp-report", csp_reports.csp_report, name="csp-report"),
    path("robots.txt", views.robots, name="robots"),
    path("site.webmanifest", views.manifest, name="manifest"),
    path("media/<path:name>", serving.picture_file, name="media"),
    path("share/<str:sealed>.png", sharing.shared_image, name="shared-image"),
    path("calendar/<str:token>.ics", calendars.calendar, name="calendar-feed"),
    path("bounces/", include("appointments.returned_mail.urls")),
    path("texts/", include("appointments.texted_back.urls")),
    path("admin/", admin.site.urls),
    path("accounts/", include("clinic.staff.urls")),
    path("", include("treatments.sitemaps")),
    *i18n_patterns(
        path("doctors/<slug:slug>/", views.doctor, name="doctor"),
        path("contact/", views.contact, name="contact"),
        path("privacy/", views.privacy, name="privacy"),
        path("privacy/<slug:version>/", views.earlier_privacy, name="privacy-version"),
        path("", include("treatments.urls")),
        path("appointments/", include("appointments.urls")),
        path("s/", include("appointments.short_urls")),
        prefix_default_language=False,
    ),
]

handler400 = "clinic.http.views.bad_request"
handler403 = "clinic.http.views.forbidden"
handler404 = "clinic.http.views.not_found"
handler500 = "clinic.http.views.server_error"
