"""The addresses of a demonstration: the site's, and its mail. A real site uses clinic.urls."""

from django.urls import include, path

from appointments.demo import mail_views
from clinic import urls

handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500

_MAIL = [
    path("", mail_views.listed, name="demo-mail"),
    path("<str:name>/", mail_views.one, name="demo-mail-one"),
    path("<str:name>/reply", mail_views.reply, name="demo-text-reply"),
    path("<str:name>/html", mail_views.html, name="demo-mail-html"),
    path("<str:name>/source", mail_views.source, name="demo-mail-source"),
    path("<str:name>/<int:number>", mail_views.attachment, name="demo-mail-attachment"),
]

urlpatterns = [path("demo/mail/", include(_MAIL)), *urls.urlpatterns]
