"""Whether there is anything that somebody could hear at once."""

from django import template

from appointments.messages.to_staff.hearers import kinds_for

register = template.Library()
# {% if user|may_hear %}: the kinds of notices for which the account has the permission.
register.filter("may_hear", kinds_for)
