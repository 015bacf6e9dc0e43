"""Columns for the picture and the sources that stand beside the words of a version; filled by the next, held
by the one after.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from treatments import guards


def lift(apps, schema_editor):
    guards.lift(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0019_pictures_as_they_are'),
        ('treatments', '0016_own_release'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(lift, migrations.RunPython.noop),
        migrations.AddField(
            model_name='articleversion',
            name='picture',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.picture', verbose_name='picture'),
        ),
        migrations.AddField(
            model_name='articleversion',
            name='sources',
            field=models.JSONField(blank=True, editable=False, null=True, verbose_name='sources'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='picture',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.picture', verbose_name='picture'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='sources',
            field=models.JSONField(blank=True, editable=False, null=True, verbose_name='sources'),
        ),
    ]
