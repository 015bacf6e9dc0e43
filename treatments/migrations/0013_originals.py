"""Says of every stored translation that it was made from the English version that was there when it was
written: nobody was asked then. From now on the database keeps that as it keeps the words.
"""

from django.db import migrations

from treatments import guards

MAIN = "en"


def name_originals(apps, schema_editor):
    for name in ("TreatmentVersion", "ArticleVersion"):
        versions = apps.get_model("treatments", name)._default_manager.using(schema_editor.connection.alias)
        for translation in versions.exclude(language=MAIN).filter(translated_from=None):
            english = versions.filter(page_id=translation.page_id, language=MAIN).exclude(state="draft")
            original = english.filter(created_at__lte=translation.created_at).order_by("-number").first()
            if original is not None:
                versions.filter(pk=translation.pk).update(translated_from=original)


def install(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    guards.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("treatments", "0012_translated_from")]

    operations = [
        migrations.RunPython(name_originals, migrations.RunPython.noop),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
