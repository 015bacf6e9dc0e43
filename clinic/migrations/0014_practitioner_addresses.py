"""A table of the addresses that doctors' pages have or had, with those of today."""

import django.db.models.deletion
from django.db import migrations, models

from clinic import kept_addresses


def fill(apps, schema_editor):
    alias = schema_editor.connection.alias
    addresses = apps.get_model("clinic", "PractitionerAddress").objects.using(alias)
    for row in apps.get_model("clinic", "Practitioner").objects.using(alias).order_by("pk"):
        addresses.get_or_create(slug=row.slug, defaults={"page": row})


def install(apps, schema_editor):
    kept_addresses.install(schema_editor.connection, kept_addresses.PAGES, kept_addresses.ADDRESSES)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0013_pictures_kept")]

    operations = [
        migrations.CreateModel(
            name="PractitionerAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(unique=True, verbose_name="address of the page")),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="addresses",
                        to="clinic.practitioner",
                    ),
                ),
            ],
            options={
                "verbose_name": "address of a doctor",
                "verbose_name_plural": "addresses of doctors",
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
