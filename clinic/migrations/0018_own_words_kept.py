"""What the database holds of the clinic's own words from now on. The columns that words had on common
questions are forgotten here and dropped by a later version, so that the one before this runs meanwhile.
"""

from django.db import migrations, models

from clinic.wordings import guards


def install(apps, schema_editor):
    guards.install(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [("clinic", "0017_own_words_of_today")]

    operations = [
        migrations.AlterModelOptions(
            name='commonquestion',
            options={'default_permissions': ('view', 'add', 'change'), 'ordering': ['position', 'pk'], 'verbose_name': 'common question', 'verbose_name_plural': 'common questions'},
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(
                    model_name='commonquestion',
                    name='answer',
                ),
                migrations.RemoveField(
                    model_name='commonquestion',
                    name='answer_es',
                ),
                migrations.RemoveField(
                    model_name='commonquestion',
                    name='place',
                ),
                migrations.RemoveField(
                    model_name='commonquestion',
                    name='question',
                ),
                migrations.RemoveField(
                    model_name='commonquestion',
                    name='question_es',
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('key', 'language'), name='wording_one_draft'),
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('key', 'language'), name='wording_one_waiting'),
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'scheduled')), fields=('key', 'language'), name='wording_one_scheduled'),
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'live')), fields=('key', 'language'), name='wording_one_live'),
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'waiting', 'scheduled', 'live', 'returned', 'superseded'])), name='wording_state'),
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('scheduled', 'live')), _negated=True), ('release__in', ['signed', 'passed', 'own', 'shipped', 'earlier']), _connector='OR'), name='wording_shown_is_released'),
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('release__in', ('signed', 'passed', 'own')), ('released_at__isnull', False), ('released_by__isnull', False)), models.Q(('release__in', ['', 'shipped', 'earlier']), ('released_at', None), ('released_by', None)), _connector='OR'), name='wording_released_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('release', 'shipped'), _negated=True), ('editor', None), _connector='OR'), name='wording_shipped_has_no_editor'),
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('release', 'signed'), _negated=True), ('signed_off_at__gte', models.F('released_at')), _connector='OR'), name='wording_signed_is_reviewed'),
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('signed_off_at', None), ('signed_off_by', None)), models.Q(('signed_off_at__isnull', False), ('signed_off_by__isnull', False)), _connector='OR'), name='wording_signed_off_whole'),
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('draft', 'waiting')), _negated=True), ('release', ''), _connector='OR'), name='wording_unreleased_waits'),
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'live'), _negated=True), ('published_at__isnull', False), _connector='OR'), models.Q(models.Q(('state', 'scheduled'), _negated=True), ('goes_live_at__isnull', False), _connector='OR')), name='wording_has_its_moment'),
        ),
        migrations.AddConstraint(
            model_name='wording',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('release', 'own'), _negated=True), models.Q(('is_clinical', False), ('signed_off_by', None)), _connector='OR'), name='wording_clinical_takes_a_physician'),
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
