import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('appointments', '0040_last_action'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('channel', django.db.models.expressions.RawSQL("'phone'", ())), ('status', django.db.models.expressions.RawSQL("'queued'", ()))), fields=['request'], name='message_to_say'),
        ),
    ]
