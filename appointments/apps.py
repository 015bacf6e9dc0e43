from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AppointmentsConfig(AppConfig):
    name = "appointments"
    verbose_name = "Appointments"

    def ready(self) -> None:
        """What the clinic has to know of this app; after each migrate the groups and SQLite's triggers."""
        from appointments import monitoring
        from appointments.follow_up import treatment_leaves
        from appointments.requests import alarm, moves, screening
        from appointments.scheduling import calendar_feed
        from appointments.staff.inbox import bulk, export
        from appointments.staff.messages import aftercare, notice_texts, texts
        from appointments.staff.request import rights
        from appointments.staff.schedule import desk
        from clinic.audit import recording
        from clinic.feed import busy
        from clinic.jobs import kinds
        from clinic.operations import health, metrics, patient_links
        from clinic.staff.site import MenuEntry, add_to_menu
        from treatments import on_the_site

        _listen()
        moves.after_move.append(screening.after_move)
        moves.patients_words.append(alarm.hear)
        patient_links.register("/appointments/status/", "/appointments/recall/", "/s/")
        busy.register(calendar_feed.visits)
        recording.watch("appointments", "patientrequest")
        _add_what_one_hears()
        health.register("mail", monitoring.mail)
        metrics.register(monitoring.figures)
        metrics.register(monitoring.outbox_figures)
        texts.register_messages()
        notice_texts.register_notices()
        kinds.register(export.RequestsAsCsv(), *rights.COPIES.values(), *bulk.STEPS, aftercare.SEND)
        on_the_site.look_before(treatment_leaves.look)
        user_logged_in.connect(desk.recall, dispatch_uid="appointments.desk")
        add_to_menu(
            MenuEntry(
                _("Inbox"), "appointments_patientrequest_changelist", "appointments.view_patientrequest", 1
            ),
            MenuEntry(_("Schedule"), "schedule", "appointments.view_appointment", 2),
            MenuEntry(_("Figures"), "figures", "appointments.view_daycount", 9),
        )
        post_migrate.connect(_after_migrate, sender=self, dispatch_uid="appointments.after_migrate")


def _add_what_one_hears() -> None:
    """The page on which one chooses it, and what a script asks for, in which the audit has nobody to see."""
    from appointments.staff import hear
    from clinic.audit import recording
    from clinic.staff.site import add_pages

    recording.shows_nobody("hear-new")
    add_pages(*hear.PAGES)


def _listen() -> None:
    """To changed credentials, to texts that come in, and to what could not be delivered."""
    from appointments.messages import phone_tasks
    from appointments.messages.texts import inbound
    from appointments.messages.to_staff import credentials, undelivered
    from appointments.texted_back import hearing
    from clinic.staff import changed

    changed.heard.append(credentials.write)
    inbound.heard.append(hearing.hear)
    phone_tasks.undelivered.append(undelivered.tell)


def _after_migrate(using: str, **kwargs: Any) -> None:
    from appointments import guards, roles

    connection = connections[using]
    if connection.vendor == "sqlite" and guards.tables_exist(connection):
        guards.install(connection)
    roles.install(using)
