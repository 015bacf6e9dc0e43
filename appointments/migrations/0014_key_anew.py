"""Keyed every stored request anew; `0023_key_names_anew` does so now, with the keys as they have become."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("appointments", "0013_patient_name")]
    operations = []
