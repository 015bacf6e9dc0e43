"""The database ends the sessions of an account that is closed or opened again."""

from django.conf import settings
from django.db import migrations

from clinic import closed_accounts


def install(apps, schema_editor):
    closed_accounts.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0024_jobs_recorded"),
        ("sessions", "0001_initial"),
        ("usersessions", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
