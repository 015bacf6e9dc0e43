"""Moments on the staff's pages, all in one form."""

from django import template

from clinic.time.words import dated_words

register = template.Library()
# {{ moment|clinic_time }}: 'Dec 2, 2026, 5:30pm'.
register.filter("clinic_time", dated_words)
