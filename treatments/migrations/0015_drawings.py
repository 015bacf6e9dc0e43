from django.conf import settings
from django.db import migrations, models

from treatments import guards


def lift(apps, schema_editor):
    guards.lift(schema_editor.connection)


def install(apps, schema_editor):
    """The new columns are part of what is signed."""
    guards.install(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('treatments', '0014_alarm_words'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(lift, migrations.RunPython.noop),
        migrations.AddField(
            model_name='articleversion',
            name='drawing',
            field=models.CharField(blank=True, choices=[('', 'Nothing'), ('after', 'Upright, no hard exercise or sauna'), ('after-care', 'Upright, no hard exercise or sauna; then fresh food; then water and rest')], db_default='', default='', help_text="Each stands beside a part with do-and-don't lists, in this order.", max_length=12, verbose_name='drawn on the page'),
        ),
        migrations.AddField(
            model_name='treatmentversion',
            name='drawing',
            field=models.CharField(blank=True, choices=[('', 'Nothing'), ('brow', 'How it works: the muscles between the brows, in four steps'), ('brow-after', "The muscles between the brows; beside do and don't: upright, no hard exercise or sauna")], db_default='', default='', help_text="How it works stands after the second part of the text, the rest beside do and don't.", max_length=12, verbose_name='drawn on the page'),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.CheckConstraint(condition=models.Q(('drawing__in', ['', 'after', 'after-care'])), name='articleversion_drawing'),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.CheckConstraint(condition=models.Q(('language', 'en'), ('drawing', ''), _connector='OR'), name='articleversion_drawing_in_main_language'),
        ),
        migrations.AddConstraint(
            model_name='treatmentversion',
            constraint=models.CheckConstraint(condition=models.Q(('drawing__in', ['', 'brow', 'brow-after'])), name='treatmentversion_drawing'),
        ),
        migrations.AddConstraint(
            model_name='treatmentversion',
            constraint=models.CheckConstraint(condition=models.Q(('language', 'en'), ('drawing', ''), _connector='OR'), name='treatmentversion_drawing_in_main_language'),
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
