"""Words that were written stay as they are: what Django's own constraints can't say."""

from django.db import migrations

from treatments import guards


def install(apps, schema_editor):
    guards.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("treatments", "0001_initial")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
