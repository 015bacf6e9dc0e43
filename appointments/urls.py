"""The patients' addresses: asking, and the page behind the link."""

from django.urls import path

from appointments import views

urlpatterns = [
    path("request/", views.choose_treatment, name="request-choose"),
    path("request/<slug:slug>/", views.request_appointment, name="request-appointment"),
    path("callback/", views.request_callback, name="request-callback"),
    path("status/<str:token>/", views.status, name="request-status"),
    path("status/<str:token>/withdraw/", views.withdraw, name="request-withdraw"),
]
