"""What the database holds of versions from now on. The columns that facts had on treatments are forgotten
here and dropped by a later version, so that the one before this runs meanwhile.
"""

import django.db.models.deletion
from django.db import migrations, models

from treatments import guards


def install(apps, schema_editor):
    guards.install(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [("treatments", "0007_states_of_today")]

    operations = [
        migrations.AlterField(
            "screeningquestion",
            "version",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="questions",
                to="treatments.treatmentversion",
                verbose_name="version",
            ),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('page', 'language'), name='articleversion_one_draft'),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('page', 'language'), name='articleversion_one_waiting'),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'scheduled')), fields=('page', 'language'), name='articleversion_one_scheduled'),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'live')), fields=('page', 'language'), name='articleversion_one_live'),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'waiting', 'scheduled', 'live', 'returned', 'superseded'])), name='articleversion_state'),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('scheduled', 'live')), _negated=True), ('release__in', ['signed', 'passed', 'shipped', 'earlier']), _connector='OR'), name='articleversion_shown_is_released'),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('release__in', ('signed', 'passed')), ('released_at__isnull', False), ('released_by__isnull', False)), models.Q(('release__in', ['', 'shipped', 'earlier']), ('released_at', None), ('released_by', None)), _connector='OR'), name='articleversion_released_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('release', 'shipped'), _negated=True), ('editor', None), _connector='OR'), name='articleversion_shipped_has_no_editor'),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('release', 'signed'), _negated=True), ('signed_off_at__gte', models.F('released_at')), _connector='OR'), name='articleversion_signed_is_reviewed'),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('draft', 'waiting')), _negated=True), ('release', ''), _connector='OR'), name='articleversion_unreleased_waits'),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'live'), _negated=True), ('published_at__isnull', False), _connector='OR'), models.Q(models.Q(('state', 'scheduled'), _negated=True), ('goes_live_at__isnull', False), _connector='OR')), name='articleversion_has_its_moment'),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.CheckConstraint(condition=models.Q(('language', 'en'), ('names_medicine', False), _connector='OR'), name='articleversion_facts_in_main_language'),
        ),
        migrations.AddConstraint(
            model_name='screeningquestion',
            constraint=models.UniqueConstraint(fields=('version', 'number'), name='screeningquestion_once_a_version'),
        ),
        migrations.AddConstraint(
            model_name='treatmentversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('page', 'language'), name='treatmentversion_one_draft'),
        ),
        migrations.AddConstraint(
            model_name='treatmentversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('page', 'language'), name='treatmentversion_one_waiting'),
        ),
        migrations.AddConstraint(
            model_name='treatmentversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'scheduled')), fields=('page', 'language'), name='treatmentversion_one_scheduled'),
        ),
        migrations.AddConstraint(
            model_name='treatmentversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'live')), fields=('page', 'language'), name='treatmentversion_one_live'),
        ),
        migrations.AddConstraint(
            model_name='treatmentversion',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'waiting', 'scheduled', 'live', 'returned', 'superseded'])), name='treatmentversion_state'),
        ),
        migrations.AddConstraint(
            model_name='treatmentversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('scheduled', 'live')), _negated=True), ('release__in', ['signed', 'passed', 'shipped', 'earlier']), _connector='OR'), name='treatmentversion_shown_is_released'),
        ),
        migrations.AddConstraint(
            model_name='treatmentversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('release__in', ('signed', 'passed')), ('released_at__isnull', False), ('released_by__isnull', False)), models.Q(('release__in', ['', 'shipped', 'earlier']), ('released_at', None), ('released_by', None)), _connector='OR'), name='treatmentversion_released_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='treatmentversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('release', 'shipped'), _negated=True), ('editor', None), _connector='OR'), name='treatmentversion_shipped_has_no_editor'),
        ),
        migrations.AddConstraint(
            model_name='treatmentversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('release', 'signed'), _negated=True), ('signed_off_at__gte', models.F('released_at')), _connector='OR'), name='treatmentversion_signed_is_reviewed'),
        ),
        migrations.AddConstraint(
            model_name='treatmentversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('draft', 'waiting')), _negated=True), ('release', ''), _connector='OR'), name='treatmentversion_unreleased_waits'),
        ),
        migrations.AddConstraint(
            model_name='treatmentversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'live'), _negated=True), ('published_at__isnull', False), _connector='OR'), models.Q(models.Q(('state', 'scheduled'), _negated=True), ('goes_live_at__isnull', False), _connector='OR')), name='treatmentversion_has_its_moment'),
        ),
        migrations.AddConstraint(
            model_name='treatmentversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('language', 'en'), ('min_age__isnull', False)), models.Q(models.Q(('language', 'en'), _negated=True), ('effect_months', None), ('max_age', None), ('min_age', None), ('min_interval_months', None), ('names_medicine', False), ('recall_after_weeks', None)), _connector='OR'), name='treatmentversion_facts_in_main_language'),
        ),
        migrations.AddConstraint(
            model_name='treatmentversion',
            constraint=models.CheckConstraint(condition=models.Q(('max_age', None), ('min_age__lte', models.F('max_age')), _connector='OR'), name='treatmentversion_age_range', violation_error_message="The oldest age can't be below the youngest."),
        ),
        migrations.AddConstraint(
            model_name='treatmentversion',
            constraint=models.CheckConstraint(condition=models.Q(('min_interval_months', None), ('effect_months', None), ('min_interval_months__lte', models.F('effect_months')), _connector='OR'), name='treatmentversion_interval_within_effect', violation_error_message="The shortest interval can't be longer than the effect."),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(
                    model_name='article',
                    name='names_medicine',
                ),
                migrations.RemoveField(
                    model_name='articleversion',
                    name='is_clinical',
                ),
                migrations.RemoveField(
                    model_name='screeningquestion',
                    name='treatment',
                ),
                migrations.RemoveField(
                    model_name='treatment',
                    name='effect_months',
                ),
                migrations.RemoveField(
                    model_name='treatment',
                    name='max_age',
                ),
                migrations.RemoveField(
                    model_name='treatment',
                    name='min_age',
                ),
                migrations.RemoveField(
                    model_name='treatment',
                    name='min_interval_months',
                ),
                migrations.RemoveField(
                    model_name='treatment',
                    name='names_medicine',
                ),
                migrations.RemoveField(
                    model_name='treatment',
                    name='recall_after_weeks',
                ),
                migrations.RemoveField(
                    model_name='treatmentversion',
                    name='is_clinical',
                ),
            ]
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
