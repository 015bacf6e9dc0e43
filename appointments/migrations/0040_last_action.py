import django.db.models.expressions
from django.db import migrations, models
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce


def read_off_the_timeline(apps, schema_editor):
    """Of those in progress, which alone are asked for it."""
    there = schema_editor.connection.alias
    events = apps.get_model("appointments", "RequestEvent").objects.using(there)
    moves = events.filter(request=OuterRef("pk"), kind="moved")
    last = Subquery(moves.order_by("-at", "-pk").values("action")[:1])
    rows = apps.get_model("appointments", "PatientRequest").objects.using(there)
    rows.filter(status="in_progress").update(last_action=Coalesce(last, Value("")))


class Migration(migrations.Migration):
    dependencies = [("appointments", "0039_staff_notices")]
    operations = [
        migrations.AddField(
            model_name='patientrequest',
            name='last_action',
            field=models.CharField(blank=True, choices=[('take', 'Take'), ('put_back', 'Put back'), ('ask_review', 'Ask the dermatologist'), ('screening_lifted', 'Nothing for the dermatologist any more'), ('decide', 'Decide'), ('offer', 'Offer times'), ('take_offer', 'Take an offered time'), ('none_suits', 'None of the times suits'), ('hold_ended', 'The hold has ended'), ('hold_fallen', 'We took the held times back'), ('book', 'Book'), ('appointment_cancelled', 'Appointment cancelled, new time wanted'), ('ask_other', 'Another time wanted, the booked one kept'), ('offer_other', 'Offer another time, the booked one kept'), ('take_other', 'Take the other time'), ('keep_time', 'Keep the booked time'), ('other_ended', 'The other time is no longer offered'), ('confirm', 'Confirm the booked time'), ('confirm_undone', 'Take the confirmation back'), ('complete', 'Complete'), ('visit_undone', 'What was noted of the visit is undone'), ('decline', 'Decline'), ('close', 'Close'), ('withdraw', 'Withdraw'), ('reopen', 'Reopen')], db_default='', editable=False, max_length=21, verbose_name='last step'),
        ),
        migrations.AddIndex(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), ('status', django.db.models.expressions.RawSQL("'in_progress'", ()))), fields=['last_action', 'respond_by'], name='request_last_action'),
        ),
        migrations.RunPython(read_off_the_timeline, migrations.RunPython.noop),
    ]
