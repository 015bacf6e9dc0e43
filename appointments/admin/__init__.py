"""The staff's side: one inbox, the page of a request, and what staff do there."""

from django.contrib import admin

from appointments.admin import promises, retention, today
from appointments.admin.inbox import InboxAdmin
from appointments.admin.messages import MessageAdmin
from appointments.admin.visits import AppointmentAdmin
from appointments.models import Appointment, Message, PatientRequest

__all__ = ["promises", "retention", "today"]

admin.site.register(PatientRequest, InboxAdmin)
admin.site.register(Message, MessageAdmin)
admin.site.register(Appointment, AppointmentAdmin)
