"""Tables of the addresses that pages have or had, with those of today; a page that lies under a word of the
site's own addresses gets another, and its old one leads there."""

import django.db.models.deletion
import treatments.models.slugs
from django.db import migrations, models
from treatments.models.slugs import RESERVED


def fill(apps, schema_editor):
    alias = schema_editor.connection.alias
    for name in ("Treatment", "Article"):
        pages = apps.get_model("treatments", name).objects.using(alias)
        addresses = apps.get_model("treatments", f"{name}Address").objects.using(alias)
        for page in pages.order_by("pk"):
            addresses.get_or_create(slug=page.slug, defaults={"page": page})
        for page in pages.order_by("pk"):
            if page.slug.lower() not in RESERVED:
                continue
            free = next(
                slug
                for number in range(1, 1000)
                if not addresses.filter(slug=(slug := f"{page.slug[:40]}-{number}")).exists()
            )
            pages.filter(pk=page.pk).update(slug=free)
            addresses.create(slug=free, page=page)


class Migration(migrations.Migration):
    dependencies = [("treatments", "0009_leaves_at")]

    operations = [
        migrations.CreateModel(
            name="ArticleAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(unique=True, verbose_name="address of the page")),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="addresses",
                        to="treatments.article",
                    ),
                ),
            ],
            options={
                "verbose_name": "address of an article",
                "verbose_name_plural": "addresses of articles",
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="TreatmentAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(unique=True, verbose_name="address of the page")),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="addresses",
                        to="treatments.treatment",
                    ),
                ),
            ],
            options={
                "verbose_name": "address of a treatment",
                "verbose_name_plural": "addresses of treatments",
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.AlterField(
            model_name="article",
            name="slug",
            field=models.SlugField(
                help_text="The last part of it. After a change the old address leads to the new one.",
                unique=True,
                validators=[treatments.models.slugs.not_reserved],
                verbose_name="address of the page",
            ),
        ),
        migrations.AlterField(
            model_name="treatment",
            name="slug",
            field=models.SlugField(
                help_text="The last part of it. After a change the old address leads to the new one.",
                unique=True,
                validators=[treatments.models.slugs.not_reserved],
                verbose_name="address of the page",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
