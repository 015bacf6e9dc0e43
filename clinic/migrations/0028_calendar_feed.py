"""The secret addresses of calendars, and what the database ends them by."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from clinic.feed import guards


def install(apps, schema_editor):
    guards.install(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0027_indexes_of_the_audit'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('practitioner', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='clinic.practitioner')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField()),
                ('asked_on', models.DateField(help_text="The clinic's day on which it was last asked for.", null=True)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'permissions': [('handle_calendarfeed', "Can make and end every doctor's calendar address")],
                'default_permissions': (),
            },
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
