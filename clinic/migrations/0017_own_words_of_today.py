"""What is on the site stays on it: as published before anybody was asked to release it. Words that stand
beside signed ones are marked, so that the next change takes a physician."""

from django.db import migrations


def fill(apps, schema_editor):
    alias = schema_editor.connection.alias
    wordings = apps.get_model("clinic", "Wording").objects.using(alias)
    newest = {}
    for row in wordings.order_by("number").values("pk", "key", "language", "created_at"):
        newest[row["key"], row["language"]] = row
    wordings.filter(key__startswith="visit.").update(is_clinical=True)
    for row in newest.values():
        live = {"state": "live", "release": "earlier", "published_at": row["created_at"]}
        wordings.filter(pk=row["pk"]).update(**live)
    versions = apps.get_model("clinic", "QuestionVersion").objects.using(alias)
    for row in apps.get_model("clinic", "CommonQuestion").objects.using(alias).all():
        versions.create(
            common_id=row.pk,
            number=1,
            question=row.question,
            question_es=row.question_es,
            answer=row.answer,
            answer_es=row.answer_es,
            place=row.place,
            state="live",
            release="earlier",
            published_at=row.changed_at,
        )


class Migration(migrations.Migration):

    dependencies = [("clinic", "0016_own_words_released")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
