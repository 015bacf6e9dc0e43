"""That the patient has said that they are coming, and when: never of a held time, never after the start."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('appointments', '0034_indexes_of_lists'),
        ('clinic', '0027_indexes_of_the_audit'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='requestevent',
            name='event_move_whole',
        ),
        migrations.AddField(
            model_name='appointment',
            name='confirmed_at',
            field=models.DateTimeField(blank=True, help_text='The patient has said that they are coming at this time.', null=True, verbose_name='confirmed at'),
        ),
        migrations.AlterField(
            model_name='requestevent',
            name='action',
            field=models.CharField(blank=True, choices=[('take', 'Take'), ('put_back', 'Put back'), ('ask_review', 'Ask the dermatologist'), ('screening_lifted', 'Nothing for the dermatologist any more'), ('decide', 'Decide'), ('offer', 'Offer times'), ('take_offer', 'Take an offered time'), ('none_suits', 'None of the times suits'), ('hold_ended', 'The hold has ended'), ('hold_fallen', 'We took the held times back'), ('book', 'Book'), ('appointment_cancelled', 'Appointment cancelled, new time wanted'), ('ask_other', 'Another time wanted, the booked one kept'), ('offer_other', 'Offer another time, the booked one kept'), ('take_other', 'Take the other time'), ('keep_time', 'Keep the booked time'), ('other_ended', 'The other time is no longer offered'), ('confirm', 'Confirm the booked time'), ('confirm_undone', 'Take the confirmation back'), ('complete', 'Complete'), ('visit_undone', 'What was noted of the visit is undone'), ('decline', 'Decline'), ('close', 'Close'), ('withdraw', 'Withdraw'), ('reopen', 'Reopen')], max_length=21, verbose_name='step'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed_at', None), models.Q(models.Q(('status', 'pending'), _negated=True), ('confirmed_at__lt', models.F('start'))), _connector='OR'), name='appointment_confirmed'),
        ),
        migrations.AddConstraint(
            model_name='requestevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('action__in', ['take', 'put_back', 'ask_review', 'screening_lifted', 'decide', 'offer', 'take_offer', 'none_suits', 'hold_ended', 'hold_fallen', 'book', 'appointment_cancelled', 'ask_other', 'offer_other', 'take_other', 'keep_time', 'other_ended', 'confirm', 'confirm_undone', 'complete', 'visit_undone', 'decline', 'close', 'withdraw', 'reopen']), ('kind', 'moved'), ('to_status__in', ['new', 'in_progress', 'clinical_review', 'offered', 'booked', 'completed', 'declined', 'closed', 'withdrawn'])), models.Q(models.Q(('kind', 'moved'), _negated=True), ('action', ''), ('to_status', ''), ('wish_of_patient', False)), _connector='OR'), name='event_move_whole'),
        ),
    ]
