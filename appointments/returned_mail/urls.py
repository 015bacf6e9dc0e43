"""The address of a provider's webhook, where one is set up."""

from appointments.returned_mail import webhook

urlpatterns = webhook.patterns()
