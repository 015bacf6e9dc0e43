"""The tables of a new database as the replaced migrations leave them; written by `make squash`."""

import appointments.models.request
import appointments.references
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import phonenumber_field.modelfields
import uuid
from django.conf import settings
from django.db import migrations, models


from appointments import guards


def install(apps, schema_editor):
    guards.install(schema_editor.connection)


class Migration(migrations.Migration):

    replaces = [('appointments', '0001_initial'), ('appointments', '0002_guards'), ('appointments', '0003_identity_decision'), ('appointments', '0004_message_spoken_words'), ('appointments', '0005_aftercare_sent'), ('appointments', '0006_erasure'), ('appointments', '0007_retention_period'), ('appointments', '0008_index_of_clinical_holds'), ('appointments', '0009_drop_proxies'), ('appointments', '0010_message_tried_since'), ('appointments', '0011_screening_lifted'), ('appointments', '0012_way_back'), ('appointments', '0013_patient_name'), ('appointments', '0014_key_anew'), ('appointments', '0015_calling_ended'), ('appointments', '0016_page_views'), ('appointments', '0017_staffs_words'), ('appointments', '0018_appointment_is_consultation'), ('appointments', '0019_mark_consultations'), ('appointments', '0020_interval_flagged'), ('appointments', '0021_decision_owed'), ('appointments', '0022_answers_words'), ('appointments', '0023_key_names_anew'), ('appointments', '0024_treatment_followed'), ('appointments', '0025_alarm'), ('appointments', '0026_hold_fallen'), ('appointments', '0027_held_up')]

    initial = True

    dependencies = [
        ('treatments', '0019_beside_the_words_kept'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PatientRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('appointment', 'Appointment'), ('callback', 'Callback')], max_length=12, verbose_name='kind')),
                ('source', models.CharField(choices=[('web', 'Website'), ('phone', 'Phone'), ('walk-in', 'Walk-in'), ('recall', 'Recall')], default='web', max_length=8, verbose_name='source')),
                ('reference', models.CharField(default=appointments.references.new_reference, editable=False, max_length=8, unique=True, verbose_name='reference')),
                ('token', models.CharField(default=appointments.models.request.new_token, editable=False, max_length=43, unique=True)),
                ('submission_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('submission_digest', models.CharField(blank=True, editable=False, help_text='SHA-256 of what was sent, to tell a repeat from other content.', max_length=64)),
                ('language', models.CharField(choices=[('en', 'English'), ('es', 'Español')], default='en', max_length=2, verbose_name='language')),
                ('first_name', models.CharField(max_length=120, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=120, verbose_name='last name')),
                ('date_of_birth', models.DateField(blank=True, null=True, verbose_name='date of birth')),
                ('phone', phonenumber_field.modelfields.PhoneNumberField(max_length=128, region=None, verbose_name='phone')),
                ('phone_digits', models.CharField(db_index=True, editable=False, max_length=40)),
                ('phone_digits_reversed', models.CharField(db_index=True, editable=False, max_length=40)),
                ('phone_to_check', models.BooleanField(default=False, help_text='Possible, but in no range that is assigned yet.', verbose_name='phone to check')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail')),
                ('email_key', models.CharField(blank=True, db_index=True, editable=False, max_length=254)),
                ('email_to_check', models.BooleanField(default=False, help_text='The domain mixes scripts, or is one slip from a common one.', verbose_name='e-mail to check')),
                ('contact_by', models.CharField(choices=[('phone', 'Phone'), ('email', 'E-mail')], default='phone', max_length=5, verbose_name='contact by')),
                ('voicemail_ok', models.BooleanField(blank=True, null=True, verbose_name='voicemail allowed')),
                ('topic', models.CharField(blank=True, choices=[('appointment', 'An appointment'), ('treatment', 'A treatment'), ('after-treatment', 'After my treatment'), ('billing', 'Billing'), ('other', 'Something else')], max_length=15, verbose_name='topic')),
                ('preferred_days', models.JSONField(blank=True, default=list, verbose_name='preferred days')),
                ('preferred_times', models.JSONField(blank=True, default=list, verbose_name='preferred times')),
                ('earliest_date', models.DateField(blank=True, null=True, verbose_name='earliest date')),
                ('returning_patient', models.BooleanField(blank=True, null=True, verbose_name='has been here before')),
                ('message', models.TextField(blank=True, verbose_name='message')),
                ('consented_at', models.DateTimeField(verbose_name='consented at')),
                ('privacy_version', models.CharField(max_length=20, verbose_name='version of the privacy notice')),
                ('recall_consent', models.BooleanField(default=False, verbose_name='may be asked back')),
                ('recall_opted_out_at', models.DateTimeField(blank=True, null=True, verbose_name='opted out of being asked back at')),
                ('status', models.CharField(choices=[('new', 'New'), ('in_progress', 'In progress'), ('clinical_review', 'With the dermatologist'), ('offered', 'Times offered'), ('booked', 'Booked'), ('completed', 'Completed'), ('declined', 'Declined'), ('closed', 'Closed'), ('withdrawn', 'Withdrawn')], default='new', max_length=15, verbose_name='status')),
                ('closed_reason', models.CharField(blank=True, choices=[('not_wanted', 'No longer wanted'), ('elsewhere', 'Went elsewhere'), ('answered', 'Answered, nothing more to do'), ('unreachable', 'Could not reach the patient'), ('duplicate', 'A duplicate of another request'), ('spam', 'Spam'), ('other', 'Another reason, in the note')], max_length=12, verbose_name='reason')),
                ('urgent', models.BooleanField(default=False, verbose_name='urgent')),
                ('screening_flagged', models.BooleanField(default=False, verbose_name='screening answer flagged')),
                ('age_flagged', models.BooleanField(default=False, verbose_name="age outside the treatment's range")),
                ('possible_duplicate', models.BooleanField(default=False, verbose_name='possible duplicate')),
                ('suspected_spam', models.BooleanField(default=False, verbose_name='suspected spam')),
                ('received_at', models.DateTimeField(verbose_name='received at')),
                ('respond_by', models.DateTimeField(verbose_name='due')),
                ('promise_broken_at', models.DateTimeField(blank=True, null=True, verbose_name='promise broken at')),
                ('next_call_at', models.DateTimeField(blank=True, null=True, verbose_name='next call')),
                ('call_attempts', models.PositiveSmallIntegerField(default=0, verbose_name='calls made')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('opened_at', models.DateTimeField(blank=True, null=True)),
                ('person', models.UUIDField(db_index=True, default=uuid.uuid4, editable=False, help_text='Shared by requests that staff confirmed to be of one person.')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assigned_requests', to=settings.AUTH_USER_MODEL, verbose_name='assignee')),
                ('duplicate_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='duplicates', to='appointments.patientrequest', verbose_name='duplicate of')),
                ('opened_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('treatment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='treatments.treatment', verbose_name='treatment')),
                ('name_key', models.CharField(editable=False, max_length=250)),
                ('calling_ended_at', models.DateTimeField(blank=True, help_text='The patient was reached, or the number is wrong: no further call is due.', null=True, verbose_name='calling ended')),
                ('interval_flagged', models.BooleanField(db_default=False, default=False, verbose_name='sooner than the shortest interval')),
                ('decision_owed', models.BooleanField(default=False, help_text='While set, nothing can be offered or booked.', verbose_name="waits for a dermatologist's decision")),
                ('alarm', models.CharField(blank=True, choices=[('call_911', 'Told to call 911'), ('call_us', 'Told to call us now')], db_default='', default='', max_length=8, verbose_name='sign of alarm')),
                ('alarm_at', models.DateTimeField(blank=True, null=True, verbose_name='sign of alarm seen at')),
                ('alarm_met_at', models.DateTimeField(blank=True, null=True, verbose_name='spoken to about it at')),
            ],
            options={
                'verbose_name': 'request',
                'verbose_name_plural': 'inbox',
                'permissions': [('handle_patientrequest', 'Can work on requests: take, note, offer, book, close'), ('review_patientrequest', 'Can decide what is suitable, as a dermatologist'), ('export_patientrequest', 'Can export requests')],
                'default_permissions': ('view',),
                'indexes': [models.Index(condition=models.Q(('status__in', ('new', 'in_progress', 'clinical_review')), ('suspected_spam', False)), fields=['-urgent', 'respond_by'], name='request_waiting'), models.Index(fields=['status', 'received_at'], name='request_status_received'), models.Index(fields=['assignee', 'status'], name='request_assignee_status'), models.Index(fields=['kind', 'received_at'], name='request_kind_received'), models.Index(fields=['received_at'], name='request_received'), models.Index(condition=models.Q(('suspected_spam', True)), fields=['received_at'], name='request_spam'), models.Index(fields=['name_key'], name='request_name_key'), models.Index(fields=['date_of_birth'], name='request_date_of_birth'), models.Index(models.Func(models.F('reference'), function='substr', output_field=models.CharField(), template='%(function)s(%(expressions)s, 5)'), name='request_reference_end'), models.Index(condition=models.Q(('decision_owed', True)), fields=['status'], name='request_owed'), models.Index(condition=models.Q(models.Q(('alarm', ''), _negated=True), ('alarm_met_at', None)), fields=['alarm_at'], name='request_alarm')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['appointment', 'callback'])), name='request_kind'), models.CheckConstraint(condition=models.Q(('source__in', ['web', 'phone', 'walk-in', 'recall'])), name='request_source'), models.CheckConstraint(condition=models.Q(('status__in', ['new', 'in_progress', 'clinical_review', 'offered', 'booked', 'completed', 'declined', 'closed', 'withdrawn'])), name='request_status'), models.CheckConstraint(condition=models.Q(('language__in', ['en', 'es'])), name='request_language'), models.CheckConstraint(condition=models.Q(('contact_by__in', ['phone', 'email'])), name='request_contact_by'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'appointment'), ('topic', '')), models.Q(('kind', 'callback'), ('topic__in', ['appointment', 'treatment', 'after-treatment', 'billing', 'other'])), _connector='OR'), name='request_topic'), models.CheckConstraint(condition=models.Q(models.Q(('date_of_birth__isnull', False), ('kind', 'appointment')), models.Q(('date_of_birth', None), ('kind', 'callback')), _connector='OR'), name='request_date_of_birth'), models.CheckConstraint(condition=models.Q(models.Q(('finished_at', None), ('status__in', ('new', 'in_progress', 'clinical_review', 'offered', 'booked'))), models.Q(('finished_at__isnull', False), ('status__in', ('completed', 'declined', 'closed', 'withdrawn'))), _connector='OR'), name='request_finished_at'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('first_name', ''), _negated=True), ('contact_by', 'phone')), models.Q(models.Q(('first_name', ''), _negated=True), models.Q(('email', ''), _negated=True)), _connector='OR'), name='request_can_be_reached'), models.CheckConstraint(condition=models.Q(('duplicate_of', models.F('id')), _negated=True), name='request_not_its_own_duplicate'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'closed'), ('closed_reason__in', ['not_wanted', 'elsewhere', 'answered', 'unreachable', 'duplicate', 'spam', 'other'])), models.Q(models.Q(('status', 'closed'), _negated=True), ('closed_reason', '')), _connector='OR'), name='request_closed_reason'), models.CheckConstraint(condition=models.Q(('decision_owed', False), models.Q(('status__in', ('offered', 'booked')), _negated=True), _connector='OR'), name='request_decision_owed'), models.CheckConstraint(condition=models.Q(models.Q(('alarm', ''), ('alarm_at', None), ('alarm_met_at', None)), models.Q(('alarm__in', ['call_911', 'call_us']), ('alarm_at__isnull', False)), _connector='OR'), name='request_alarm_whole'), models.CheckConstraint(condition=models.Q(('alarm', ''), ('alarm_met_at__isnull', False), models.Q(('suspected_spam', False), ('urgent', True)), _connector='OR'), name='request_alarm_is_urgent')],
            },
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(help_text="SHA-256 of the request's submission_id, a random number.", max_length=64, unique=True)),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                ('reason', models.CharField(help_text='No name, no detail of health.', max_length=200, verbose_name='reason')),
                ('by', models.ForeignKey(blank=True, help_text='Empty: the command line.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
            ],
            options={
                'verbose_name': 'erasure',
                'verbose_name_plural': 'erasures',
                'ordering': ['-at', '-pk'],
                'permissions': [('export_person', 'Can export everything about one person'), ('erase_person', 'Can erase everything about one person')],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='RetentionPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('appointment', 'Appointment'), ('callback', 'Callback')], max_length=11, verbose_name='kind')),
                ('status', models.CharField(choices=[('completed', 'Completed'), ('declined', 'Declined'), ('closed', 'Closed'), ('withdrawn', 'Withdrawn')], max_length=15, verbose_name='status')),
                ('days', models.PositiveSmallIntegerField(help_text='Counted from the day on which the request was finished. Visits are never erased.', validators=[django.core.validators.MinValueValidator(1)], verbose_name='keep for (days)')),
            ],
            options={
                'verbose_name': 'shorter time of keeping',
                'verbose_name_plural': 'shorter times of keeping',
                'ordering': ['kind', 'status'],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['appointment', 'callback'])), name='retentionperiod_kind'), models.CheckConstraint(condition=models.Q(('status__in', ('completed', 'declined', 'closed', 'withdrawn'))), name='retentionperiod_status'), models.CheckConstraint(condition=models.Q(('days__gte', 1)), name='retentionperiod_days'), models.UniqueConstraint(fields=('kind', 'status'), name='retentionperiod_once', violation_error_message='There is a time for this kind and status already.')],
            },
        ),
        migrations.CreateModel(
            name='Appointment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('pending', 'Held'), ('booked', 'Booked'), ('arrived', 'Arrived'), ('fulfilled', 'Completed'), ('noshow', 'No-show'), ('cancelled', 'Cancelled')], default='pending', max_length=9, verbose_name='status')),
                ('start', models.DateTimeField(verbose_name='start')),
                ('end', models.DateTimeField(verbose_name='end')),
                ('hold_until', models.DateTimeField(blank=True, null=True, verbose_name='held until')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('cancelled_at', models.DateTimeField(blank=True, null=True, verbose_name='cancelled at')),
                ('cancellation_reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, help_text='UID of the calendar entry.', unique=True)),
                ('sequence', models.PositiveIntegerField(default=0, editable=False, help_text='SEQUENCE of the calendar entry: grows with each change.')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('practitioner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='clinic.practitioner', verbose_name='practitioner')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='appointments', to='appointments.patientrequest', verbose_name='request')),
                ('is_consultation', models.BooleanField(db_default=False, default=False, help_text='Nothing is treated at this visit: the dermatologist talks with the patient.', verbose_name='a consultation')),
                ('treatment_followed', models.BooleanField(db_default=False, default=False, help_text='At a consultation that took place: the treatment was given at once.', verbose_name='the treatment followed')),
            ],
            options={
                'verbose_name': 'appointment',
                'verbose_name_plural': 'appointments',
                'ordering': ['start'],
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['practitioner', 'start'], name='appointment_schedule'), models.Index(condition=models.Q(('status', 'pending')), fields=['hold_until'], name='appointment_holds'), models.Index(fields=['start', 'status'], name='appointment_start_status')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'booked', 'arrived', 'fulfilled', 'noshow', 'cancelled'])), name='appointment_status'), models.CheckConstraint(condition=models.Q(('start__lt', models.F('end'))), name='appointment_starts_before_end'), models.CheckConstraint(condition=models.Q(models.Q(('hold_until__isnull', False), ('status', 'pending')), models.Q(models.Q(('status', 'pending'), _negated=True), ('hold_until', None)), _connector='OR'), name='appointment_held_until'), models.UniqueConstraint(condition=models.Q(('status__in', ('booked', 'arrived'))), fields=('request',), name='appointment_one_coming'), models.CheckConstraint(condition=models.Q(('treatment_followed', False), models.Q(('is_consultation', True), ('status', 'fulfilled')), _connector='OR'), name='appointment_treatment_followed')],
            },
        ),
        migrations.CreateModel(
            name='ClinicalReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('decision', models.CharField(choices=[('suitable', 'Suitable'), ('consultation_first', 'Consultation first'), ('needs_information', 'Needs more information'), ('not_suitable', 'Not suitable')], max_length=18, verbose_name='decision')),
                ('words_for_patient', models.TextField(blank=True, verbose_name='words for the patient')),
                ('note', models.TextField(blank=True, verbose_name='clinical note')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='clinical_reviews', to='appointments.patientrequest')),
            ],
            options={
                'verbose_name': 'clinical review',
                'verbose_name_plural': 'clinical reviews',
                'ordering': ['-at', '-pk'],
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('decision__in', ['suitable', 'consultation_first', 'needs_information', 'not_suitable'])), name='clinicalreview_decision'), models.CheckConstraint(condition=models.Q(('decision__in', ('suitable', 'consultation_first')), models.Q(('words_for_patient', ''), _negated=True), _connector='OR'), name='clinicalreview_words_where_owed')],
            },
        ),
        migrations.CreateModel(
            name='IdentityDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_same', models.BooleanField(verbose_name='same person')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('request_high', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='appointments.patientrequest')),
                ('request_low', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='appointments.patientrequest')),
            ],
            options={
                'verbose_name': 'decision about two requests',
                'verbose_name_plural': 'decisions about two requests',
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(fields=('request_low', 'request_high'), name='identitydecision_once'), models.CheckConstraint(condition=models.Q(('request_low__lt', models.F('request_high'))), name='identitydecision_low_before_high')],
            },
        ),
        migrations.CreateModel(
            name='PageViews',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('views', models.PositiveIntegerField(default=1, verbose_name='views')),
                ('last_at', models.DateTimeField(verbose_name='last seen at')),
                ('request', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='page_views', to='appointments.patientrequest')),
            ],
            options={
                'verbose_name': "views of the patient's page",
                'verbose_name_plural': "views of the patient's page",
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='PatientName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=600)),
                ('request', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='appointments.patientrequest')),
            ],
            options={
                'verbose_name': 'key of a name',
                'verbose_name_plural': 'keys of names',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('request', 'key'), name='patientname_once')],
                'indexes': [models.Index(fields=['key', 'request'], name='patientname_key', opclasses=['varchar_pattern_ops', 'int8_ops'])],
            },
        ),
        migrations.CreateModel(
            name='RequestEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('received', 'Received'), ('moved', 'Moved'), ('note', 'Note'), ('call', 'Call'), ('message', 'Message'), ('answer', "Patient's answer"), ('appointment', 'Appointment'), ('correction', 'Correction'), ('assigned', 'Assigned'), ('mark', 'Mark'), ('same_person', 'Same person')], max_length=11, verbose_name='kind')),
                ('action', models.CharField(blank=True, choices=[('take', 'Take'), ('put_back', 'Put back'), ('ask_review', 'Ask the dermatologist'), ('screening_lifted', 'Nothing for the dermatologist any more'), ('decide', 'Decide'), ('offer', 'Offer times'), ('take_offer', 'Take an offered time'), ('none_suits', 'None of the times suits'), ('hold_ended', 'The hold has ended'), ('hold_fallen', 'We took the held times back'), ('book', 'Book'), ('appointment_cancelled', 'Appointment cancelled, new time wanted'), ('complete', 'Complete'), ('visit_undone', 'What was noted of the visit is undone'), ('decline', 'Decline'), ('close', 'Close'), ('withdraw', 'Withdraw'), ('reopen', 'Reopen')], max_length=21, verbose_name='step')),
                ('from_status', models.CharField(blank=True, choices=[('new', 'New'), ('in_progress', 'In progress'), ('clinical_review', 'With the dermatologist'), ('offered', 'Times offered'), ('booked', 'Booked'), ('completed', 'Completed'), ('declined', 'Declined'), ('closed', 'Closed'), ('withdrawn', 'Withdrawn')], max_length=15)),
                ('to_status', models.CharField(blank=True, choices=[('new', 'New'), ('in_progress', 'In progress'), ('clinical_review', 'With the dermatologist'), ('offered', 'Times offered'), ('booked', 'Booked'), ('completed', 'Completed'), ('declined', 'Declined'), ('closed', 'Closed'), ('withdrawn', 'Withdrawn')], max_length=15)),
                ('outcome', models.CharField(blank=True, choices=[('reached', 'Reached'), ('no_answer', 'No answer'), ('voicemail', 'Voicemail left'), ('wrong_number', 'Wrong number')], max_length=12, verbose_name='outcome')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('by', models.ForeignKey(blank=True, help_text='Empty: the patient, or the clock.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='appointments.patientrequest')),
                ('wish_of_patient', models.BooleanField(default=False, help_text="Whoever recorded it: the patient's own step, or what the patient asked for on the phone.", verbose_name='as the patient wished')),
            ],
            options={
                'verbose_name': 'event',
                'verbose_name_plural': 'timeline',
                'ordering': ['at', 'pk'],
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['request', 'at'], name='event_timeline')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['received', 'moved', 'note', 'call', 'message', 'answer', 'appointment', 'correction', 'assigned', 'mark', 'same_person'])), name='event_kind'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'call'), ('outcome__in', ['reached', 'no_answer', 'voicemail', 'wrong_number'])), models.Q(models.Q(('kind', 'call'), _negated=True), ('outcome', '')), _connector='OR'), name='event_call_outcome'), models.CheckConstraint(condition=models.Q(models.Q(('action__in', ['take', 'put_back', 'ask_review', 'screening_lifted', 'decide', 'offer', 'take_offer', 'none_suits', 'hold_ended', 'hold_fallen', 'book', 'appointment_cancelled', 'complete', 'visit_undone', 'decline', 'close', 'withdraw', 'reopen']), ('kind', 'moved'), ('to_status__in', ['new', 'in_progress', 'clinical_review', 'offered', 'booked', 'completed', 'declined', 'closed', 'withdrawn'])), models.Q(models.Q(('kind', 'moved'), _negated=True), ('action', ''), ('to_status', ''), ('wish_of_patient', False)), _connector='OR'), name='event_move_whole')],
            },
        ),
        migrations.CreateModel(
            name='ScreeningAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('question_text', models.CharField(max_length=300, verbose_name='question')),
                ('answer', models.CharField(choices=[('yes', 'Yes'), ('no', 'No'), ('unsure', "I'm not sure")], max_length=6, verbose_name='answer')),
                ('is_flagged', models.BooleanField(verbose_name='flagged')),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='treatments.screeningquestion')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='screening_answers', to='appointments.patientrequest')),
                ('hint', models.CharField(blank=True, db_default='', default='', max_length=200, verbose_name='hint')),
                ('words', models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name="in the patient's words")),
            ],
            options={
                'verbose_name': 'screening answer',
                'verbose_name_plural': 'screening answers',
                'ordering': ['number'],
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(fields=('request', 'number'), name='screeninganswer_once'), models.CheckConstraint(condition=models.Q(('answer__in', ['yes', 'no', 'unsure'])), name='screeninganswer_answer')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('appointment_sequence', models.PositiveIntegerField(blank=True, help_text='A message about an appointment that has changed since is void.', null=True)),
                ('key', models.CharField(help_text='Kind, cause and recipient: one row for each.', max_length=120, unique=True)),
                ('kind', models.CharField(help_text="The template's name in templates/email/.", max_length=30, verbose_name='kind')),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('phone', 'Phone')], default='email', max_length=5, verbose_name='by')),
                ('recipient', models.CharField(max_length=254, verbose_name='to')),
                ('language', models.CharField(choices=[('en', 'English'), ('es', 'Español')], max_length=2, verbose_name='language')),
                ('subject', models.CharField(max_length=200, verbose_name='subject')),
                ('text', models.TextField(verbose_name='text')),
                ('html', models.TextField(blank=True)),
                ('message_id', models.CharField(max_length=120, unique=True)),
                ('status', models.CharField(choices=[('queued', 'Queued'), ('sent', 'Sent'), ('failed', 'Failed'), ('void', 'Void')], default='queued', max_length=6, verbose_name='status')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('created_at', models.DateTimeField(verbose_name='written at')),
                ('next_attempt_at', models.DateTimeField(verbose_name='next attempt')),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('leased_by', models.UUIDField(blank=True, null=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent at')),
                ('last_error', models.CharField(blank=True, max_length=120, verbose_name='last error')),
                ('appointment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='appointments.appointment')),
                ('request', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='appointments.patientrequest', verbose_name='request')),
                ('event', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='appointments.requestevent')),
                ('spoken', models.TextField(blank=True, help_text='The words to say on the phone, should the e-mail never arrive; empty: none.')),
                ('unsubscribe_url', models.CharField(blank=True, help_text='Where one POST stops messages of this kind (RFC 8058).', max_length=300)),
                ('tried_since', models.DateTimeField(blank=True, help_text='Patience counts from here, if not from the writing.', null=True, verbose_name='tried since')),
                ('held_up', models.CharField(blank=True, choices=[('line', 'No e-mail goes out'), ('message', "This e-mail can't be built")], db_default='', default='', editable=False, help_text='It met a fault of the set-up, not its own.', max_length=7)),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
                'ordering': ['created_at', 'pk'],
                'default_permissions': ('view',),
                'indexes': [models.Index(condition=models.Q(('status', 'queued')), fields=['next_attempt_at'], name='message_to_send'), models.Index(fields=['status', 'created_at'], name='message_status_created')],
                'constraints': [models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'phone'])), name='message_channel'), models.CheckConstraint(condition=models.Q(('status__in', ['queued', 'sent', 'failed', 'void'])), name='message_status'), models.CheckConstraint(condition=models.Q(('language__in', ['en', 'es'])), name='message_language'), models.CheckConstraint(condition=models.Q(models.Q(('sent_at__isnull', False), ('status', 'sent')), models.Q(models.Q(('status', 'sent'), _negated=True), ('sent_at', None)), _connector='OR'), name='message_sent_at'), models.CheckConstraint(condition=models.Q(('held_up__in', ['', 'line', 'message'])), name='message_held_up')],
            },
        ),
        migrations.CreateModel(
            name='AftercareSent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='given at')),
                ('message', models.ForeignKey(blank=True, help_text="Empty: shown on the patient's page only.", null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='appointments.message', verbose_name='message')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='aftercare_sent', to='appointments.patientrequest', verbose_name='request')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='aftercare_sent', to='treatments.articleversion', verbose_name='version')),
            ],
            options={
                'verbose_name': 'aftercare given',
                'verbose_name_plural': 'aftercare given',
                'ordering': ['-at', '-pk'],
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['at'], name='aftercaresent_at')],
                'constraints': [models.UniqueConstraint(fields=('request', 'version'), name='aftercaresent_once')],
            },
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
