"""Columns for states, releases, facts and questions of versions; filled by the next, held by the one
after.
"""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('treatments', '0005_pictures'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='screeningquestion',
            name='screeningquestion_number',
        ),
        migrations.RemoveConstraint(
            model_name='treatment',
            name='treatment_age_range',
        ),
        migrations.RemoveConstraint(
            model_name='treatment',
            name='treatment_interval_within_effect',
        ),
        migrations.AddField(
            model_name='articleversion',
            name='ended_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='superseded at'),
        ),
        migrations.AddField(
            model_name='articleversion',
            name='goes_live_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='goes live at'),
        ),
        migrations.AddField(
            model_name='articleversion',
            name='names_medicine',
            field=models.BooleanField(db_default=False, default=False, help_text='The page then says when to call 911.', verbose_name='names a medicine'),
        ),
        migrations.AddField(
            model_name='articleversion',
            name='release',
            field=models.CharField(blank=True, choices=[('signed', 'Signed off'), ('passed', 'Not clinical, said a dermatologist'), ('shipped', 'Came with the product'), ('earlier', 'Published before sign-offs were asked for')], db_default='', default='', editable=False, max_length=7, verbose_name='released as'),
        ),
        migrations.AddField(
            model_name='articleversion',
            name='released_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='released at'),
        ),
        migrations.AddField(
            model_name='articleversion',
            name='released_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='released by'),
        ),
        migrations.AddField(
            model_name='articleversion',
            name='return_note',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='note to the editor'),
        ),
        migrations.AddField(
            model_name='articleversion',
            name='returned_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sent back by'),
        ),
        migrations.AddField(
            model_name='articleversion',
            name='revision',
            field=models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name='saved so often'),
        ),
        migrations.AddField(
            model_name='articleversion',
            name='state',
            field=models.CharField(choices=[('draft', 'Draft'), ('waiting', 'Waiting for sign-off'), ('scheduled', 'Signed, goes live later'), ('live', 'Live'), ('returned', 'Sent back'), ('superseded', 'Superseded')], db_default='draft', default='draft', editable=False, max_length=10, verbose_name='state'),
        ),
        migrations.AddField(
            model_name='articleversion',
            name='submitted_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='submitted at'),
        ),
        migrations.AddField(
            model_name='screeningquestion',
            name='version',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='treatments.treatmentversion', verbose_name='version'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='effect_months',
            field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='the effect can last up to (months)'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='ended_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='superseded at'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='goes_live_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='goes live at'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='max_age',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Outside the range a dermatologist decides first.', null=True, verbose_name='oldest age'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='min_age',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='youngest age'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='min_interval_months',
            field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='not again before (months)'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='names_medicine',
            field=models.BooleanField(db_default=False, default=False, help_text='The page then says when to call 911.', verbose_name='names a medicine'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='recall_after_weeks',
            field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='ask back after (weeks)'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='release',
            field=models.CharField(blank=True, choices=[('signed', 'Signed off'), ('passed', 'Not clinical, said a dermatologist'), ('shipped', 'Came with the product'), ('earlier', 'Published before sign-offs were asked for')], db_default='', default='', editable=False, max_length=7, verbose_name='released as'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='released_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='released at'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='released_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='released by'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='return_note',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='note to the editor'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='returned_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sent back by'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='revision',
            field=models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name='saved so often'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='state',
            field=models.CharField(choices=[('draft', 'Draft'), ('waiting', 'Waiting for sign-off'), ('scheduled', 'Signed, goes live later'), ('live', 'Live'), ('returned', 'Sent back'), ('superseded', 'Superseded')], db_default='draft', default='draft', editable=False, max_length=10, verbose_name='state'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='submitted_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='submitted at'),
        ),
        migrations.AlterField(
            model_name='articleversion',
            name='change_note',
            field=models.CharField(max_length=200, verbose_name='what changed, and why'),
        ),
        migrations.AlterField(
            model_name='articleversion',
            name='published_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='live since'),
        ),
        migrations.AlterField(
            model_name='treatmentversion',
            name='change_note',
            field=models.CharField(max_length=200, verbose_name='what changed, and why'),
        ),
        migrations.AlterField(
            model_name='treatmentversion',
            name='published_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='live since'),
        ),
        # What the version before this one still writes, and this one no longer does.
        migrations.AlterField("treatment", "min_age", models.PositiveSmallIntegerField(default=18, db_default=18)),
        migrations.AlterField("treatment", "names_medicine", models.BooleanField(default=False, db_default=False)),
        migrations.AlterField("article", "names_medicine", models.BooleanField(default=False, db_default=False)),
        migrations.AlterField("treatmentversion", "is_clinical", models.BooleanField(default=True, db_default=True)),
        migrations.AlterField("articleversion", "is_clinical", models.BooleanField(default=True, db_default=True)),
        migrations.AlterField(
            "screeningquestion",
            "treatment",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="screening_questions",
                to="treatments.treatment",
            ),
        ),
    ]
