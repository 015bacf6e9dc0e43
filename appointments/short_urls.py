"""The patient's page under an address that is short enough for a text message."""

from django.urls import path

from appointments.patients import status_views

urlpatterns = [path("<str:token>/", status_views.status, name="request-short")]
