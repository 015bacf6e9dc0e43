"""Gives every stored version the state that follows from its dates and ticks, and the facts of its treatment.

What is on the site today is live, whoever answered for it; newer published words wait for their sign-off; the
newest unpublished ones are a draft.
"""

from django.db import migrations

from treatments import guards

MAIN = "en"
FACTS = (
    "min_age", "max_age", "effect_months", "min_interval_months", "recall_after_weeks", "names_medicine",
)  # fmt: skip
WORDS = ("text", "text_es", "hint", "hint_es", "flagged_answer", "is_asked", "number")


def on_the_site(versions):
    """The version of one language that the rule of before showed; `versions` by number."""
    published = [version for version in versions if version.published_at is not None]
    last_signed = max((each.number for each in published if each.signed_off_at is not None), default=None)
    shown = None
    for version in published:
        if last_signed is not None and version.number > last_signed and version.is_clinical:
            break
        shown = version
    return shown


def released(version):
    """By what a version was let onto the site, and by whom."""
    if version.signed_off_at is not None:
        release = "signed" if version.is_clinical else "passed"
        return {"release": release, "released_by_id": version.signed_off_by_id, "released_at": version.signed_off_at}
    if version.published_at is None:
        return {}
    return {"release": "earlier" if version.editor_id else "shipped"}


def states(versions):
    """The columns of each version of one page and language, in the order of their numbers."""
    live = on_the_site(versions)
    after = [version for version in versions if live is None or version.number > live.number]
    waiting = next((each for each in reversed(after) if each.published_at is not None), None)
    draft = next((each for each in reversed(after) if each.published_at is None), None)
    review = None
    for version in versions:
        if version.published_at is not None and version.signed_off_at is not None:
            review = version
        if version is live:
            covered = review or version
            yield version, {
                "state": "live",
                "signed_off_by_id": covered.signed_off_by_id,
                "signed_off_at": covered.signed_off_at,
                **released(version),
            }
        elif version is waiting:
            yield version, {"state": "waiting", "submitted_at": version.published_at, "published_at": None}
        elif version is draft:
            yield version, {"state": "draft"}
        else:
            yield version, {"state": "superseded", **released(version)}


def give_states(apps, schema_editor):
    alias = schema_editor.connection.alias
    guards.remove(schema_editor.connection)
    for page_model, version_model in (("Treatment", "TreatmentVersion"), ("Article", "ArticleVersion")):
        rows = apps.get_model("treatments", version_model).objects.using(alias)
        for page in apps.get_model("treatments", page_model).objects.using(alias):
            facts = {name: getattr(page, name) for name in FACTS if hasattr(page, name)}
            ours = rows.filter(page_id=page.pk)
            if page_model == "Treatment" and not ours.filter(language=MAIN).exists():
                ours.create(
                    page_id=page.pk, language=MAIN, number=1, title=page.slug, change_note="-", state="draft"
                )
            languages = sorted(set(ours.order_by().values_list("language", flat=True)))
            for language in languages:
                in_order = list(ours.filter(language=language).order_by("number"))
                for version, columns in states(in_order):
                    own = facts if language == MAIN else {}
                    ours.filter(pk=version.pk).update(**columns, **own)
            if page_model == "Treatment":
                give_questions(apps, alias, page, list(ours.filter(language=MAIN).order_by("-number")))


def give_questions(apps, alias, page, versions):
    """The rows that answers point at belong to the live version; each other one gets its own."""
    questions = apps.get_model("treatments", "ScreeningQuestion").objects.using(alias)
    ours = list(questions.filter(treatment_id=page.pk))
    home = next((each for each in versions if each.state == "live"), versions[0])
    questions.filter(treatment_id=page.pk).update(version_id=home.pk)
    questions.bulk_create(
        questions.model(version_id=version.pk, **{name: getattr(question, name) for name in WORDS})
        for version in versions
        if version.pk != home.pk
        for question in ours
    )


class Migration(migrations.Migration):
    dependencies = [("treatments", "0006_states")]
    operations = [migrations.RunPython(give_states, migrations.RunPython.noop)]
