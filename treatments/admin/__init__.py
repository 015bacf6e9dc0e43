"""Content: treatments and articles with their versions, questions and sources; what is due on Today."""

from django.contrib import admin

from treatments.admin import alarm, today
from treatments.admin.pages import ArticleAdmin, SourceAdmin, TreatmentAdmin
from treatments.models import Article, Source, Treatment

__all__ = ["alarm", "today"]

admin.site.register(Treatment, TreatmentAdmin)
admin.site.register(Article, ArticleAdmin)
admin.site.register(Source, SourceAdmin)
