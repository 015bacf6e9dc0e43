"""The address of whoever carries our texts, where one is set up."""

from appointments.texted_back import webhook

urlpatterns = webhook.patterns()
