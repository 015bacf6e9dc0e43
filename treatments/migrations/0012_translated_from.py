import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from treatments import guards


def lift(apps, schema_editor):
    guards.lift(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('treatments', '0011_addresses_kept'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(lift, migrations.RunPython.noop),
        migrations.AddField(
            model_name='articleversion',
            name='translated_from',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='translations', to='treatments.articleversion', verbose_name='says what this version in the main language says'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='translated_from',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='translations', to='treatments.treatmentversion', verbose_name='says what this version in the main language says'),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('language', 'en'), _negated=True), ('translated_from', None), _connector='OR'), name='articleversion_main_translates_nothing'),
        ),
        migrations.AddConstraint(
            model_name='treatmentversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('language', 'en'), _negated=True), ('translated_from', None), _connector='OR'), name='treatmentversion_main_translates_nothing'),
        ),
    ]
