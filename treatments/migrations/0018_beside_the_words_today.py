"""Each version in the main language gets the picture and the sources that its page shows today."""

from django.db import migrations


def fill(apps, schema_editor):
    alias = schema_editor.connection.alias
    for page, version in (("Treatment", "TreatmentVersion"), ("Article", "ArticleVersion")):
        for row in apps.get_model("treatments", page).objects.using(alias).all():
            sources = [[each.title, each.publisher, each.url] for each in row.sources.order_by("title")]
            versions = apps.get_model("treatments", version)._base_manager.using(alias)
            versions.filter(page_id=row.pk, language="en").update(
                picture_id=row.picture_id, sources=sources or None
            )


class Migration(migrations.Migration):

    dependencies = [("treatments", "0017_beside_the_words")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
