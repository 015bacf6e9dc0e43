"""Marks the appointments at which nothing is treated: no treatment was asked for, or a consultation comes first."""

from django.db import migrations
from django.db.models import OuterRef, Q, Subquery


def mark(apps, schema_editor):
    alias = schema_editor.connection.alias
    appointments = apps.get_model("appointments", "Appointment").objects.using(alias)
    reviews = apps.get_model("appointments", "ClinicalReview").objects.using(alias)
    latest = reviews.filter(request=OuterRef("request")).order_by("-at", "-pk").values("decision")[:1]
    found = appointments.alias(decided=Subquery(latest)).filter(
        Q(request__treatment=None) | Q(decided="consultation_first")
    )
    appointments.filter(pk__in=found.values("pk")).update(is_consultation=True)


class Migration(migrations.Migration):
    dependencies = [("appointments", "0018_appointment_is_consultation")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
