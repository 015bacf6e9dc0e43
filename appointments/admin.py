"""What the admin shows of appointments, and what stands on Today."""

from django.contrib import admin

from appointments.models import Appointment, Message, PatientRequest, RetentionPeriod
from appointments.staff import promises, today
from appointments.staff.inbox.changelist import InboxAdmin
from appointments.staff.messages.outbox import MessageAdmin
from appointments.staff.retention import RetentionPeriodAdmin
from appointments.staff.schedule.appointments import AppointmentAdmin
from appointments.staff.schedule.broken import Clashes
from clinic.admin.availability import watch_availability

__all__ = ["promises", "today"]  # imported for what they put on Today

admin.site.register(PatientRequest, InboxAdmin)
admin.site.register(Message, MessageAdmin)
admin.site.register(Appointment, AppointmentAdmin)
admin.site.register(RetentionPeriod, RetentionPeriodAdmin)
watch_availability(Clashes())
