from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("appointments", "0009_drop_proxies")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="tried_since",
            field=models.DateTimeField(
                blank=True,
                help_text="Patience counts from here, if not from the writing.",
                null=True,
                verbose_name="tried since",
            ),
        ),
    ]
