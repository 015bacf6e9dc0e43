import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appointments", "0012_way_back")]

    operations = [
        migrations.RenameField("patientrequest", "given_key", "name_key"),
        migrations.AlterField(
            "patientrequest", "name_key", models.CharField(editable=False, max_length=250)
        ),
        migrations.RemoveField("patientrequest", "family_key"),
        migrations.AlterField(
            "patientrequest",
            "email_to_check",
            models.BooleanField(
                default=False,
                help_text="The domain mixes scripts, or is one slip from a common one.",
                verbose_name="e-mail to check",
            ),
        ),
        migrations.AddIndex("patientrequest", models.Index(fields=["name_key"], name="request_name_key")),
        migrations.AddIndex(
            "patientrequest", models.Index(fields=["date_of_birth"], name="request_date_of_birth")
        ),
        migrations.AddIndex(
            "patientrequest",
            models.Index(
                models.Func(
                    models.F("reference"),
                    function="substr",
                    template="%(function)s(%(expressions)s, 5)",
                    output_field=models.CharField(),
                ),
                name="request_reference_end",
            ),
        ),
        migrations.CreateModel(
            name="PatientName",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=250)),
                (
                    "request",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="appointments.patientrequest",
                    ),
                ),
            ],
            options={
                "verbose_name": "key of a name",
                "verbose_name_plural": "keys of names",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=["request", "key"], name="patientname_once")
                ],
                "indexes": [
                    models.Index(
                        fields=["key", "request"],
                        opclasses=["varchar_pattern_ops", "int8_ops"],
                        name="patientname_key",
                    )
                ],
            },
        ),
    ]
