"""An index for each way in which the audit is looked through."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from clinic.operations.indexes import AddIndexBeside, RemoveIndexBeside, WithoutIndexOfItsOwn


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ('clinic', '0026_earlier_times'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexBeside(
            model_name='auditentry',
            index=models.Index(fields=['object_id', '-at', '-id'], name='auditentry_row'),
        ),
        AddIndexBeside(
            model_name='auditentry',
            index=models.Index(fields=['user', '-at', '-id'], name='auditentry_user'),
        ),
        AddIndexBeside(
            model_name='auditentry',
            index=models.Index(fields=['action', '-at', '-id'], name='auditentry_action_at'),
        ),
        RemoveIndexBeside(
            model_name='auditentry',
            name='auditentry_object',
        ),
        WithoutIndexOfItsOwn(
            model_name='auditentry',
            name='user',
            field=models.ForeignKey(blank=True, db_index=False, help_text='Empty: nobody had signed in.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who'),
        ),
    ]
