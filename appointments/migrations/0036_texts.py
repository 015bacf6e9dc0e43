"""Text messages: who agreed to them, which numbers want none, and what patients write back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from appointments import guards


def install_opted_out(apps, schema_editor):
    guards.install_opted_out(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('appointments', '0035_confirmed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TextConsent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=16, verbose_name='number')),
                ('version', models.CharField(max_length=20, verbose_name='version of the words')),
                ('words', models.TextField(verbose_name='words')),
                ('language', models.CharField(choices=[('en', 'English'), ('es', 'Español')], max_length=2, verbose_name='language')),
                ('at', models.DateTimeField(verbose_name='agreed at')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
            ],
            options={
                'verbose_name': 'consent to text messages',
                'verbose_name_plural': 'consents to text messages',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='TextOptOut',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=16, unique=True, verbose_name='number')),
                ('at', models.DateTimeField(verbose_name='since')),
            ],
            options={
                'verbose_name': 'number that wants no text messages',
                'verbose_name_plural': 'numbers that want no text messages',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='TextToRead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(verbose_name='since')),
            ],
            options={
                'verbose_name': 'text to read',
                'verbose_name_plural': 'texts to read',
                'default_permissions': (),
            },
        ),
        migrations.RemoveConstraint(
            model_name='message',
            name='message_channel',
        ),
        migrations.RemoveConstraint(
            model_name='requestevent',
            name='event_kind',
        ),
        migrations.AddField(
            model_name='message',
            name='carrier_id',
            field=models.CharField(blank=True, db_default='', default='', editable=False, help_text="A text's name with whoever carries it, by which its receipt comes.", max_length=64),
        ),
        migrations.AddField(
            model_name='message',
            name='delivered_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='delivered at'),
        ),
        migrations.AlterField(
            model_name='message',
            name='channel',
            field=models.CharField(choices=[('email', 'E-mail'), ('phone', 'Phone'), ('text', 'Text message')], default='email', max_length=5, verbose_name='by'),
        ),
        migrations.AlterField(
            model_name='requestevent',
            name='kind',
            field=models.CharField(choices=[('received', 'Received'), ('moved', 'Moved'), ('note', 'Note'), ('call', 'Call'), ('message', 'Message'), ('answer', "Patient's answer"), ('text', "Patient's text message"), ('appointment', 'Appointment'), ('correction', 'Correction'), ('assigned', 'Assigned'), ('mark', 'Mark'), ('same_person', 'Same person')], max_length=11, verbose_name='kind'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'phone', 'text'])), name='message_channel'),
        ),
        migrations.AddConstraint(
            model_name='requestevent',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['received', 'moved', 'note', 'call', 'message', 'answer', 'text', 'appointment', 'correction', 'assigned', 'mark', 'same_person'])), name='event_kind'),
        ),
        migrations.AddField(
            model_name='textconsent',
            name='by',
            field=models.ForeignKey(blank=True, help_text='Empty: the patient.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='noted by'),
        ),
        migrations.AddField(
            model_name='textconsent',
            name='request',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='text_consents', to='appointments.patientrequest'),
        ),
        migrations.AddField(
            model_name='texttoread',
            name='request',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='text_to_read', to='appointments.patientrequest'),
        ),
        migrations.AddIndex(
            model_name='textconsent',
            index=models.Index(fields=['request', 'number'], name='text_consent_request'),
        ),
        migrations.AddConstraint(
            model_name='textconsent',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('request',), name='text_consent_one_stands'),
        ),
        migrations.RunPython(install_opted_out, migrations.RunPython.noop),
    ]
