"""No overlapping appointments, no changed history: what Django's own constraints can't say on both databases."""

from django.db import migrations

from appointments import guards


def install(apps, schema_editor):
    guards.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("appointments", "0001_initial")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
