"""A single field of a patients' form, on a page that lays it out itself."""

from django import template

from appointments.patients.rendered_fields import patient_field

register = template.Library()
register.filter("patient_field", patient_field)
