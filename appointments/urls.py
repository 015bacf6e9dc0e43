"""The patients' addresses: asking, and the pages behind the link."""

from django.urls import path, register_converter

from appointments.patients import (
    change_views,
    earlier_views,
    find_views,
    offer_views,
    recall_views,
    status_views,
    views,
)


class TokenConverter:
    """A patient's link token; anything of another shape is no address at all."""

    regex = "[A-Za-z0-9_-]{8,43}"

    def to_python(self, value: str) -> str:
        """The token as it stands in the address."""
        return value

    def to_url(self, value: str) -> str:
        """The token as it stands in the address."""
        return value


register_converter(TokenConverter, "token")

urlpatterns = [
    path("request/", views.choose_treatment, name="request-choose"),
    path("request/<slug:slug>/", views.request_appointment, name="request-appointment"),
    path("callback/", views.request_callback, name="request-callback"),
    path("find/", find_views.find, name="request-find"),
    path("status/<token:token>/", status_views.status, name="request-status"),
    path("status/<token:token>/answer/", status_views.answer, name="request-answer"),
    path("status/<token:token>/change/", change_views.change, name="request-change"),
    path("status/<token:token>/texts/", change_views.texts, name="request-texts"),
    path("status/<token:token>/withdraw/", status_views.withdraw, name="request-withdraw"),
    path("status/<token:token>/accept/<int:appointment_id>/", offer_views.accept, name="request-accept"),
    path("status/<token:token>/none-suit/", offer_views.none_suit, name="request-none-suit"),
    path("status/<token:token>/cancel/", offer_views.cancel, name="request-cancel"),
    path("status/<token:token>/confirm/", offer_views.confirm, name="request-confirm"),
    path("status/<token:token>/earlier/", earlier_views.wish, name="request-earlier"),
    path("status/<token:token>/other/<int:other_id>/take/", earlier_views.take, name="request-other-take"),
    path("status/<token:token>/other/<int:other_id>/keep/", earlier_views.keep, name="request-other-keep"),
    path("status/<token:token>/keep/", earlier_views.keep_booked, name="request-keep-time"),
    path("status/<token:token>/appointment.ics", offer_views.calendar, name="request-calendar"),
    path("recall/<str:token>/", recall_views.ask_again, name="recall"),
    path("recall/<str:token>/stop/", recall_views.stop, name="recall-stop"),
]
