"""The first half of 'expand and contract': everything that the running version doesn't mind."""

from django.db import migrations

TABLE = "appointments_patientrequest"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("appointments", "0001_initial")]
    operations = [
        migrations.RunSQL(f"ALTER TABLE {TABLE} ADD COLUMN later text NULL"),
        migrations.RunSQL(f"CREATE INDEX CONCURRENTLY request_later ON {TABLE} (later)"),
        migrations.RunSQL(f"ALTER TABLE {TABLE} ADD CONSTRAINT request_later CHECK (later <> '') NOT VALID"),
        migrations.RunSQL(f"ALTER TABLE {TABLE} VALIDATE CONSTRAINT request_later"),
    ]
