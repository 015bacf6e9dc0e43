"""`hold` is a held offer and nothing else: what waits for the dermatologist is a decision that is owed."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("appointments", "0020_interval_flagged")]

    operations = [
        migrations.RemoveConstraint(model_name="patientrequest", name="request_clinical_hold"),
        migrations.RemoveIndex(model_name="patientrequest", name="request_hold"),
        migrations.RenameField(
            model_name="patientrequest", old_name="clinical_hold", new_name="decision_owed"
        ),
        migrations.AddConstraint(
            model_name="patientrequest",
            constraint=models.CheckConstraint(
                condition=Q(decision_owed=False) | ~Q(status__in=("offered", "booked")),
                name="request_decision_owed",
            ),
        ),
        migrations.AddIndex(
            model_name="patientrequest",
            index=models.Index(fields=["status"], condition=Q(decision_owed=True), name="request_owed"),
        ),
    ]
