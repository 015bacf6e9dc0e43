"""What stands beside the words is part of what is signed. The columns that pages had for it are forgotten here
and dropped by a later version, so that the one before this runs meanwhile.
"""

from django.db import migrations, models

from treatments import guards


def lift(apps, schema_editor):
    guards.lift(schema_editor.connection)


def install(apps, schema_editor):
    guards.install(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [("treatments", "0018_beside_the_words_today")]

    operations = [
        migrations.RunPython(lift, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(
                    model_name='article',
                    name='picture',
                ),
                migrations.RemoveField(
                    model_name='article',
                    name='sources',
                ),
                migrations.RemoveField(
                    model_name='treatment',
                    name='picture',
                ),
                migrations.RemoveField(
                    model_name='treatment',
                    name='sources',
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.CheckConstraint(condition=models.Q(('language', 'en'), models.Q(('picture__isnull', True), ('sources__isnull', True)), _connector='OR'), name='articleversion_main_alone_shows'),
        ),
        migrations.AddConstraint(
            model_name='treatmentversion',
            constraint=models.CheckConstraint(condition=models.Q(('language', 'en'), models.Q(('picture__isnull', True), ('sources__isnull', True)), _connector='OR'), name='treatmentversion_main_alone_shows'),
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
