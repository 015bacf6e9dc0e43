from django.db import migrations

from clinic.pictures import guards


def install(apps, schema_editor):
    guards.install(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [("clinic", "0018_own_words_kept")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
