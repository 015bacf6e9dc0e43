from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appointments", "0032_other_time_wish")]
    operations = [
        migrations.AddField(
            model_name='patientrequest',
            name='is_record',
            field=models.BooleanField(db_default=False, default=False, editable=False, help_text="Finished long ago and kept as a visit: retention needn't look at it again."),
        ),
    ]
