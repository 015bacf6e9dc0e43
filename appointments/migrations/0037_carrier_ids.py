from django.db import migrations, models

from clinic.operations.indexes import AddIndexBeside


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("appointments", "0036_texts")]
    operations = [
        AddIndexBeside(
            model_name='message',
            index=models.Index(condition=models.Q(('carrier_id', ''), _negated=True), fields=['carrier_id'], name='message_carrier_id'),
        ),
    ]
