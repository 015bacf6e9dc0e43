"""The staff's side: one inbox, the page of a request, and what staff do there."""

from django.contrib import admin

from appointments.models import Appointment, Message, PatientRequest
from appointments.staff import promises, retention, today
from appointments.staff.inbox.changelist import InboxAdmin
from appointments.staff.messages.outbox import MessageAdmin
from appointments.staff.schedule.appointments import AppointmentAdmin

__all__ = ["promises", "retention", "today"]

admin.site.register(PatientRequest, InboxAdmin)
admin.site.register(Message, MessageAdmin)
admin.site.register(Appointment, AppointmentAdmin)
