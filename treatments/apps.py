from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class TreatmentsConfig(AppConfig):
    name = "treatments"
    verbose_name = "Treatments and articles"

    def ready(self) -> None:
        """What the clinic has to know of this app; after each migrate SQLite's triggers again."""
        from clinic.http import views
        from clinic.models import Clinic
        from clinic.staff.site import MenuEntry, add_to_menu
        from clinic.wordings import questions
        from treatments.admin import texts
        from treatments.alarm import words

        views.register_section("treatments", "treatments", "treatment")
        views.register_section("articles", "articles", "article")
        texts.register_texts()
        Clinic.carry(words.MARK, words.live_version())
        questions.add_places(texts.places)
        content, articles = "treatments_treatment_changelist", "treatments_article_changelist"
        add_to_menu(MenuEntry(_("Content"), content, "treatments.view_treatment", 3, others=(articles,)))
        post_migrate.connect(_after_migrate, sender=self, dispatch_uid="treatments.after_migrate")


def _after_migrate(using: str, **kwargs: Any) -> None:
    from treatments import guards

    connection = connections[using]
    if connection.vendor == "sqlite" and guards.tables_exist(connection):
        guards.install(connection)
