"""Columns for states and releases of the clinic's own words, and versions of its common questions; filled by
the next, held by the one after.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from clinic import append_only


def lift(apps, schema_editor):
    append_only.lift(schema_editor.connection, "clinic_wording")


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0015_given_password'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(lift, migrations.RunPython.noop),
        migrations.CreateModel(
            name='QuestionVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(editable=False, verbose_name='version')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('waiting', 'Waiting for sign-off'), ('scheduled', 'Signed, goes live later'), ('live', 'Live'), ('returned', 'Sent back'), ('superseded', 'Superseded')], db_default='draft', default='draft', editable=False, max_length=10, verbose_name='state')),
                ('revision', models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name='saved so often')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='written at')),
                ('submitted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='submitted at')),
                ('release', models.CharField(blank=True, choices=[('signed', 'Signed off'), ('passed', 'Not clinical, said a dermatologist'), ('own', "In the clinic's own name"), ('shipped', 'Came with the product'), ('earlier', 'Published before sign-offs were asked for')], db_default='', default='', editable=False, max_length=7, verbose_name='released as')),
                ('released_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='released at')),
                ('signed_off_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='signed off at')),
                ('goes_live_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='goes live at')),
                ('published_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='live since')),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='superseded at')),
                ('return_note', models.TextField(blank=True, db_default='', default='', verbose_name='note to the editor')),
                ('question', models.CharField(max_length=200, verbose_name='question')),
                ('question_es', models.CharField(blank=True, max_length=200, verbose_name='question in Spanish')),
                ('answer', models.TextField(help_text='Plain text. An empty line begins a new paragraph.', max_length=2000, verbose_name='answer')),
                ('answer_es', models.TextField(blank=True, max_length=2000, verbose_name='answer in Spanish')),
                ('place', models.CharField(blank=True, help_text='Empty: on the home page and the contact page.', max_length=40, verbose_name='where')),
                ('change_note', models.CharField(blank=True, max_length=200, verbose_name='why you change it (for colleagues)')),
            ],
            options={
                'verbose_name': 'version of a common question',
                'verbose_name_plural': 'versions of common questions',
                'ordering': ['-number'],
                'permissions': [('release_questionversion', 'Can put answers to common questions on the site'), ('sign_off_questionversion', 'Can sign off answers that stand beside signed words')],
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.AlterModelOptions(
            name='wording',
            options={'default_permissions': ('view', 'change'), 'ordering': ['-pk'], 'permissions': [('release_wording', "Can put the clinic's own words on the site"), ('sign_off_wording', "Can sign off words that stand beside signed ones")], 'verbose_name': 'text', 'verbose_name_plural': 'texts'},
        ),
        migrations.AlterField(
            model_name='wording',
            name='note',
            field=models.CharField(blank=True, db_column='note', max_length=200, verbose_name='what changed'),
        ),
        migrations.RenameField(
            model_name='wording',
            old_name='note',
            new_name='change_note',
        ),
        migrations.AlterField(
            model_name='wording',
            name='at',
            field=models.DateTimeField(db_column='at', verbose_name='written at'),
        ),
        migrations.RenameField(
            model_name='wording',
            old_name='at',
            new_name='created_at',
        ),
        migrations.AddField(
            model_name='wording',
            name='ended_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='superseded at'),
        ),
        migrations.AddField(
            model_name='wording',
            name='goes_live_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='goes live at'),
        ),
        migrations.AddField(
            model_name='wording',
            name='is_clinical',
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name='takes a physician'),
        ),
        migrations.AddField(
            model_name='wording',
            name='published_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='live since'),
        ),
        migrations.AddField(
            model_name='wording',
            name='release',
            field=models.CharField(blank=True, choices=[('signed', 'Signed off'), ('passed', 'Not clinical, said a dermatologist'), ('own', "In the clinic's own name"), ('shipped', 'Came with the product'), ('earlier', 'Published before sign-offs were asked for')], db_default='', default='', editable=False, max_length=7, verbose_name='released as'),
        ),
        migrations.AddField(
            model_name='wording',
            name='released_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='released at'),
        ),
        migrations.AddField(
            model_name='wording',
            name='released_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='released by'),
        ),
        migrations.AddField(
            model_name='wording',
            name='return_note',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='note to the editor'),
        ),
        migrations.AddField(
            model_name='wording',
            name='returned_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sent back by'),
        ),
        migrations.AddField(
            model_name='wording',
            name='revision',
            field=models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name='saved so often'),
        ),
        migrations.AddField(
            model_name='wording',
            name='signed_off_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='signed off at'),
        ),
        migrations.AddField(
            model_name='wording',
            name='signed_off_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='signed off by'),
        ),
        migrations.AddField(
            model_name='wording',
            name='state',
            field=models.CharField(choices=[('draft', 'Draft'), ('waiting', 'Waiting for sign-off'), ('scheduled', 'Signed, goes live later'), ('live', 'Live'), ('returned', 'Sent back'), ('superseded', 'Superseded')], db_default='superseded', default='draft', editable=False, max_length=10, verbose_name='state'),
        ),
        migrations.AddField(
            model_name='wording',
            name='submitted_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='submitted at'),
        ),
        migrations.AlterField(
            model_name='commonquestion',
            name='is_shown',
            field=models.BooleanField(db_default=True, default=True, verbose_name='shown'),
        ),
        migrations.AlterField(
            model_name='commonquestion',
            name='position',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='order'),
        ),
        migrations.AlterField(
            model_name='wording',
            name='editor',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='editor'),
        ),
        migrations.AlterField(
            model_name='wording',
            name='number',
            field=models.PositiveIntegerField(editable=False, verbose_name='version'),
        ),
        migrations.AddField(
            model_name='questionversion',
            name='common',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='clinic.commonquestion'),
        ),
        migrations.AddField(
            model_name='questionversion',
            name='editor',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='editor'),
        ),
        migrations.AddField(
            model_name='questionversion',
            name='released_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='released by'),
        ),
        migrations.AddField(
            model_name='questionversion',
            name='returned_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sent back by'),
        ),
        migrations.AddField(
            model_name='questionversion',
            name='signed_off_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='signed off by'),
        ),
        migrations.AddConstraint(
            model_name='questionversion',
            constraint=models.UniqueConstraint(fields=('common', 'number'), name='questionversion_number'),
        ),
        migrations.AddConstraint(
            model_name='questionversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('common',), name='questionversion_one_draft'),
        ),
        migrations.AddConstraint(
            model_name='questionversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('common',), name='questionversion_one_waiting'),
        ),
        migrations.AddConstraint(
            model_name='questionversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'scheduled')), fields=('common',), name='questionversion_one_scheduled'),
        ),
        migrations.AddConstraint(
            model_name='questionversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'live')), fields=('common',), name='questionversion_one_live'),
        ),
        migrations.AddConstraint(
            model_name='questionversion',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'waiting', 'scheduled', 'live', 'returned', 'superseded'])), name='questionversion_state'),
        ),
        migrations.AddConstraint(
            model_name='questionversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('scheduled', 'live')), _negated=True), ('release__in', ['signed', 'passed', 'own', 'shipped', 'earlier']), _connector='OR'), name='questionversion_shown_is_released'),
        ),
        migrations.AddConstraint(
            model_name='questionversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('release__in', ('signed', 'passed', 'own')), ('released_at__isnull', False), ('released_by__isnull', False)), models.Q(('release__in', ['', 'shipped', 'earlier']), ('released_at', None), ('released_by', None)), _connector='OR'), name='questionversion_released_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='questionversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('release', 'shipped'), _negated=True), ('editor', None), _connector='OR'), name='questionversion_shipped_has_no_editor'),
        ),
        migrations.AddConstraint(
            model_name='questionversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('release', 'signed'), _negated=True), ('signed_off_at__gte', models.F('released_at')), _connector='OR'), name='questionversion_signed_is_reviewed'),
        ),
        migrations.AddConstraint(
            model_name='questionversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('signed_off_at', None), ('signed_off_by', None)), models.Q(('signed_off_at__isnull', False), ('signed_off_by__isnull', False)), _connector='OR'), name='questionversion_signed_off_whole'),
        ),
        migrations.AddConstraint(
            model_name='questionversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('draft', 'waiting')), _negated=True), ('release', ''), _connector='OR'), name='questionversion_unreleased_waits'),
        ),
        migrations.AddConstraint(
            model_name='questionversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'live'), _negated=True), ('published_at__isnull', False), _connector='OR'), models.Q(models.Q(('state', 'scheduled'), _negated=True), ('goes_live_at__isnull', False), _connector='OR')), name='questionversion_has_its_moment'),
        ),
        migrations.AddConstraint(
            model_name='questionversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('release', 'own'), _negated=True), models.Q(('place', ''), ('signed_off_by', None)), _connector='OR'), name='questionversion_clinical_takes_a_physician'),
        ),
        # What the version before this one still writes, and this one no longer does.
        migrations.AlterField("commonquestion", "question", models.CharField(max_length=200, db_default="")),
        migrations.AlterField("commonquestion", "question_es", models.CharField(max_length=200, blank=True, db_default="")),
        migrations.AlterField("commonquestion", "answer", models.TextField(max_length=2000, db_default="")),
        migrations.AlterField("commonquestion", "answer_es", models.TextField(max_length=2000, blank=True, db_default="")),
        migrations.AlterField("commonquestion", "place", models.CharField(max_length=40, blank=True, db_default="")),
    ]
