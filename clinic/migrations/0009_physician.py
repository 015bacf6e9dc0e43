"""Who is a physician: so far every practitioner was entered as a doctor of the clinic."""

from django.db import migrations, models


def as_entered(apps, schema_editor):
    practitioners = apps.get_model("clinic", "Practitioner").objects
    practitioners.using(schema_editor.connection.alias).update(is_physician=True)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0008_closures_every_week_of_whole_days")]

    operations = [
        migrations.AddField(
            "practitioner",
            "is_physician",
            models.BooleanField(
                db_default=False,
                default=False,
                help_text=(
                    "May sign off medical content, with a staff account that may and while seeing patients."
                ),
                verbose_name="physician",
            ),
        ),
        migrations.RunPython(as_entered, migrations.RunPython.noop),
    ]
