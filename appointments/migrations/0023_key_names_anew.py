"""Keys every stored request anew by the code that reads what is searched for, and stores its names' words.

A batch is a transaction of its own, so that a million rows hold nobody up; broken off, it begins again.
"""

from django.db import migrations, models, transaction

from appointments import emails, names, phones

BATCH = 2000
COLUMNS = ("name_key", "email_key", "phone_digits", "phone_digits_reversed", "email_to_check")


def key_anew(apps, schema_editor):
    alias = schema_editor.connection.alias
    rows = apps.get_model("appointments", "PatientRequest").objects.using(alias)
    ways_in = apps.get_model("appointments", "PatientName").objects.using(alias)
    table = schema_editor.quote_name("appointments_patientrequest")
    update = f"UPDATE {table} SET {', '.join(f'{name} = %s' for name in COLUMNS)} WHERE id = %s"
    last = 0
    while batch := list(
        rows.filter(pk__gt=last).order_by("pk").only("first_name", "last_name", "email", "phone")[:BATCH]
    ):
        last = batch[-1].pk
        with transaction.atomic(using=alias), schema_editor.connection.cursor() as cursor:
            cursor.executemany(update, [(*keys_of(row), row.pk) for row in batch])
            ways_in.filter(request__in=batch).delete()
            ways_in.bulk_create(
                (
                    ways_in.model(request_id=row.pk, key=key)
                    for row in batch
                    for key in names.ways_in(row.first_name, row.last_name)
                )
            )


def keys_of(row):
    digits = phones.digits(row.phone)
    return (
        names.key(row.first_name, row.last_name),
        emails.key(row.email),
        digits,
        digits[::-1],
        emails.to_check(row.email),
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("appointments", "0022_answers_words")]
    operations = [
        migrations.AlterField("patientname", "key", models.CharField(max_length=600)),
        migrations.RunPython(key_anew, migrations.RunPython.noop, atomic=False),
    ]
