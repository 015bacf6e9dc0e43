"""The tables of a new database as the replaced migrations leave them; written by `make squash`."""

import datetime
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import phonenumber_field.modelfields
from django.conf import settings
from django.db import migrations, models


from clinic import guards


def install(apps, schema_editor):
    guards.install(schema_editor.connection)


class Migration(migrations.Migration):

    replaces = [('clinic', '0001_initial'), ('clinic', '0002_openinghours_clinic_once'), ('clinic', '0003_audit'), ('clinic', '0004_clinic_reminders'), ('clinic', '0005_calendar'), ('clinic', '0006_wording'), ('clinic', '0007_pictures'), ('clinic', '0008_closures_every_week_of_whole_days'), ('clinic', '0009_physician'), ('clinic', '0010_late_cancellation'), ('clinic', '0011_common_question'), ('clinic', '0012_privacy_notice'), ('clinic', '0013_pictures_kept'), ('clinic', '0014_practitioner_addresses'), ('clinic', '0015_given_password'), ('clinic', '0016_own_words_released'), ('clinic', '0017_own_words_of_today'), ('clinic', '0018_own_words_kept'), ('clinic', '0019_pictures_as_they_are'), ('clinic', '0020_desk_doctor'), ('clinic', '0021_pages_edition'), ('clinic', '0022_jobs'), ('clinic', '0023_signed_in_with'), ('clinic', '0024_jobs_recorded'), ('clinic', '0025_closed_accounts'), ('clinic', '0026_earlier_times'), ('clinic', '0027_indexes_of_the_audit'), ('clinic', '0028_calendar_feed')]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                ('address', models.GenericIPAddressField(blank=True, null=True, verbose_name='from')),
                ('action', models.CharField(choices=[('saw', 'Saw'), ('listed', 'Listed'), ('searched', 'Searched'), ('exported', 'Exported'), ('changed', 'Changed'), ('erased', 'Erased'), ('refused', 'Was refused'), ('signed_in', 'Signed in'), ('gave_password', 'Gave the password, the first of two steps'), ('proved', 'Showed once more who it is'), ('signed_out', 'Signed out'), ('sign_in_failed', 'Failed to sign in'), ('factor_changed', 'Changed the second factor'), ('password_set', 'Set a password')], max_length=14, verbose_name='what')),
                ('model', models.CharField(blank=True, max_length=80, verbose_name='kind')),
                ('object_id', models.CharField(blank=True, max_length=40, verbose_name='which')),
                ('count', models.PositiveIntegerField(blank=True, null=True, verbose_name='how many')),
                ('page', models.CharField(blank=True, help_text='The name of the address.', max_length=120, verbose_name='page')),
                ('digest', models.CharField(blank=True, help_text='Equal for equal searches.', max_length=16, verbose_name='search')),
                ('user', models.ForeignKey(blank=True, db_index=False, help_text='Empty: nobody had signed in.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('how', models.CharField(blank=True, db_default='', help_text='With what somebody signed in, or tried to: password, totp, webauthn, recovery_codes.', max_length=60, verbose_name='by')),
            ],
            options={
                'verbose_name': 'audit entry',
                'verbose_name_plural': 'audit',
                'ordering': ['-at', '-pk'],
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['-at', '-id'], name='auditentry_at'), models.Index(fields=['object_id', '-at', '-id'], name='auditentry_row'), models.Index(fields=['user', '-at', '-id'], name='auditentry_user'), models.Index(fields=['action', '-at', '-id'], name='auditentry_action_at')],
                'constraints': [models.CheckConstraint(condition=models.Q(('action__in', ['saw', 'listed', 'searched', 'exported', 'changed', 'erased', 'refused', 'signed_in', 'gave_password', 'proved', 'signed_out', 'sign_in_failed', 'factor_changed', 'password_set'])), name='auditentry_action')],
            },
        ),
        migrations.CreateModel(
            name='Clinic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('area', models.CharField(blank=True, help_text="Such as 'Los Angeles area'.", max_length=120, verbose_name='area')),
                ('phone', phonenumber_field.modelfields.PhoneNumberField(max_length=128, region=None, verbose_name='phone')),
                ('email', models.EmailField(blank=True, help_text='Shown to patients, and where staff get notices.', max_length=254, verbose_name='e-mail')),
                ('street_address', models.CharField(blank=True, max_length=200, verbose_name='street address')),
                ('city', models.CharField(blank=True, max_length=120, verbose_name='city')),
                ('state', models.CharField(blank=True, max_length=2, verbose_name='state')),
                ('postal_code', models.CharField(blank=True, max_length=10, verbose_name='ZIP code')),
                ('demo_note', models.CharField(blank=True, help_text="Shown on every page of a demonstration, so that nobody takes it for the clinic's own site.", max_length=120, verbose_name='demo note')),
                ('answer_within_days', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10)], verbose_name='answer within (clinic days)')),
                ('hold_days', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10)], verbose_name='hold offered times for (clinic days)')),
                ('cancel_notice_hours', models.PositiveSmallIntegerField(default=24, validators=[django.core.validators.MaxValueValidator(336)], verbose_name='a cancellation is late from (hours before)')),
                ('consultation_minutes', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(5), django.core.validators.MaxValueValidator(480)], verbose_name='length of a consultation (minutes)')),
                ('call_gap_minutes', models.PositiveSmallIntegerField(default=120, validators=[django.core.validators.MinValueValidator(5)], verbose_name='wait between two calls (minutes)')),
                ('call_attempts', models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MinValueValidator(1)], verbose_name='calls before a patient counts as unreachable')),
                ('keep_finished_days', models.PositiveSmallIntegerField(default=730, help_text='Requests that never became a visit. Visits belong to the medical record.', verbose_name='keep finished requests for (days)')),
                ('reminder_days', models.PositiveSmallIntegerField(default=2, help_text='At the time of day of the appointment. 0 sends none.', validators=[django.core.validators.MaxValueValidator(14)], verbose_name='remind patients (days before)')),
                ('reminder_morning', models.TimeField(blank=True, default=datetime.time(9, 0), help_text='On the day before the appointment. Empty sends none.', null=True, verbose_name='remind patients on the morning before, at')),
                ('earlier_by_itself', models.BooleanField(db_default=False, default=False, help_text='To patients who asked for an earlier time, between 8am and 8pm. Otherwise Today proposes them.', verbose_name='offer times that fall free by itself')),
                ('earlier_hold_hours', models.PositiveSmallIntegerField(db_default=3, default=3, help_text='Hours between 8am and 8pm. After that it goes to the next patient.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(48)], verbose_name='hold an earlier time for (hours)')),
            ],
            options={
                'verbose_name': 'clinic',
                'verbose_name_plural': 'clinic',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='clinic_one_row')],
            },
        ),
        migrations.CreateModel(
            name='CommonQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question', models.CharField(db_default='', max_length=200)),
                ('question_es', models.CharField(blank=True, db_default='', max_length=200)),
                ('answer', models.TextField(db_default='', max_length=2000)),
                ('answer_es', models.TextField(blank=True, db_default='', max_length=2000)),
                ('place', models.CharField(blank=True, db_default='', max_length=40)),
                ('position', models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='order')),
                ('is_shown', models.BooleanField(db_default=True, default=True, verbose_name='shown')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed at')),
            ],
            options={
                'verbose_name': 'common question',
                'verbose_name_plural': 'common questions',
                'ordering': ['position', 'pk'],
                'default_permissions': ('view', 'add', 'change'),
                'indexes': [models.Index(fields=['-changed_at'], name='commonquestion_changed')],
            },
        ),
        migrations.CreateModel(
            name='Edition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveBigIntegerField(default=0)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='edition_one_row')],
            },
        ),
        migrations.CreateModel(
            name='GivenPassword',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='HolidayDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True, verbose_name='day')),
                ('is_closed', models.BooleanField(verbose_name='closed')),
            ],
            options={
                'verbose_name': 'decision about a holiday',
                'verbose_name_plural': 'public holidays',
                'ordering': ['day'],
            },
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(help_text='A name of clinic.jobs.kinds.', max_length=40)),
                ('asked_at', models.DateTimeField()),
                ('scope', models.JSONField(default=dict, help_text='Which rows: keys and choices. Never a name, never what somebody typed.')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('under_way', 'Under way'), ('done', 'Ready'), ('failed', 'Failed'), ('gone', 'No longer kept')], default='waiting', max_length=9)),
                ('total', models.PositiveIntegerField(help_text='How many rows; empty until it has begun.', null=True)),
                ('done', models.PositiveIntegerField(default=0, help_text='How many of them it has gone through.')),
                ('changed', models.PositiveIntegerField(default=0, help_text='In how many of these there was something.')),
                ('file_name', models.CharField(blank=True, help_text='Empty: no file comes of it.', max_length=80)),
                ('size', models.PositiveBigIntegerField(default=0, help_text='Bytes of the file, as it is fetched.')),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('fetched_at', models.DateTimeField(blank=True, null=True)),
                ('expires_at', models.DateTimeField()),
                ('worked_at', models.DateTimeField(help_text='When it last had its turn.')),
                ('failures', models.PositiveSmallIntegerField(default=0, help_text='Turns since anything was done.')),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('leased_by', models.UUIDField(blank=True, null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('recorded', models.PositiveIntegerField(db_default=0, default=0, help_text='So far it has ever come: for these rows everything was written that goes along with them.')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('state__in', ('waiting', 'under_way'))), fields=['worked_at'], name='job_to_work_on'), models.Index(fields=['asked_by', '-asked_at'], name='job_of_whom')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'under_way', 'done', 'failed', 'gone'])), name='job_state'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), models.Q(('finished_at__isnull', False), ('total', models.F('done')), ('total__isnull', False)), _connector='OR'), name='job_done_is_whole'), models.CheckConstraint(condition=models.Q(models.Q(('done', 0), ('total', None)), models.Q(('done__lte', models.F('total')), ('total__isnull', False)), _connector='OR'), name='job_done_of_total')],
            },
        ),
        migrations.CreateModel(
            name='Picture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(editable=False, max_length=32, verbose_name='digest of the files')),
                ('widths', models.JSONField(editable=False, verbose_name='widths')),
                ('height', models.PositiveIntegerField(editable=False, verbose_name='height of the widest')),
                ('alt', models.CharField(help_text="For people who can't see it: one sentence. No claim about a result.", max_length=200, verbose_name='what it shows, in English')),
                ('alt_es', models.CharField(max_length=200, verbose_name='what it shows, in Spanish')),
                ('credit', models.CharField(help_text="Shown below it, such as a photographer's name or 'FineTouch Dermatology'.", max_length=120, verbose_name='whose picture it is')),
                ('added_at', models.DateTimeField(auto_now_add=True, verbose_name='added at')),
                ('left_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='left the page at')),
                ('owner', models.CharField(blank=True, db_default='', default='', editable=False, max_length=80, verbose_name='whose page')),
                ('standing', models.CharField(choices=[('shown', 'On the page'), ('proposed', 'Waits for a dermatologist'), ('earlier', 'Was on the page')], db_default='shown', default='shown', editable=False, max_length=8, verbose_name='standing')),
            ],
            options={
                'verbose_name': 'picture',
                'verbose_name_plural': 'pictures',
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('alt', ''), _negated=True), models.Q(('alt_es', ''), _negated=True), models.Q(('credit', ''), _negated=True)), name='picture_words_whole'), models.CheckConstraint(condition=models.Q(('standing__in', ['shown', 'proposed', 'earlier'])), name='picture_standing'), models.UniqueConstraint(condition=models.Q(('standing', 'proposed')), fields=('owner',), name='picture_one_proposed')],
            },
        ),
        migrations.CreateModel(
            name='PrivacyNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.CharField(editable=False, max_length=20, unique=True, verbose_name='version')),
                ('words', models.TextField(verbose_name='English')),
                ('words_es', models.TextField(verbose_name='Spanish')),
                ('starts_at', models.DateTimeField(verbose_name='in force from')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='written at')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='what changed')),
                ('editor', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='editor')),
            ],
            options={
                'verbose_name': 'version of the privacy notice',
                'verbose_name_plural': 'privacy notice',
                'ordering': ['-starts_at', '-pk'],
                'default_permissions': ('view', 'add'),
                'indexes': [models.Index(fields=['-starts_at'], name='privacynotice_starts')],
            },
        ),
        migrations.CreateModel(
            name='RateCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='What is counted and a keyed digest of for whom.', max_length=80)),
                ('window', models.DateTimeField(help_text='When the window began.')),
                ('count', models.PositiveIntegerField(default=0)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['window'], name='ratecount_window')],
                'constraints': [models.UniqueConstraint(fields=('key', 'window'), name='ratecount_once')],
            },
        ),
        migrations.CreateModel(
            name='Wording',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=80, verbose_name='text')),
                ('language', models.CharField(choices=[('en', 'English'), ('es', 'Español')], max_length=2, verbose_name='language')),
                ('number', models.PositiveIntegerField(editable=False, verbose_name='version')),
                ('text', models.TextField(blank=True, verbose_name='words')),
                ('editor', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='editor')),
                ('change_note', models.CharField(blank=True, db_column='note', max_length=200, verbose_name='what changed')),
                ('created_at', models.DateTimeField(db_column='at', verbose_name='written at')),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='superseded at')),
                ('goes_live_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='goes live at')),
                ('is_clinical', models.BooleanField(db_default=False, default=False, editable=False, verbose_name='takes a physician')),
                ('published_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='live since')),
                ('release', models.CharField(blank=True, choices=[('signed', 'Signed off'), ('passed', 'Not clinical, said a dermatologist'), ('own', "In the clinic's own name"), ('shipped', 'Came with the product'), ('earlier', 'Published before sign-offs were asked for')], db_default='', default='', editable=False, max_length=7, verbose_name='released as')),
                ('released_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='released at')),
                ('released_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='released by')),
                ('return_note', models.TextField(blank=True, db_default='', default='', verbose_name='note to the editor')),
                ('returned_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sent back by')),
                ('revision', models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name='saved so often')),
                ('signed_off_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='signed off at')),
                ('signed_off_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='signed off by')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('waiting', 'Waiting for sign-off'), ('scheduled', 'Signed, goes live later'), ('live', 'Live'), ('returned', 'Sent back'), ('superseded', 'Superseded')], db_default='superseded', default='draft', editable=False, max_length=10, verbose_name='state')),
                ('submitted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='submitted at')),
            ],
            options={
                'verbose_name': 'text',
                'verbose_name_plural': 'texts',
                'ordering': ['-pk'],
                'default_permissions': ('view', 'change'),
                'constraints': [models.UniqueConstraint(fields=('key', 'language', 'number'), name='wording_number'), models.CheckConstraint(condition=models.Q(('language__in', ['en', 'es'])), name='wording_language'), models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('key', 'language'), name='wording_one_draft'), models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('key', 'language'), name='wording_one_waiting'), models.UniqueConstraint(condition=models.Q(('state', 'scheduled')), fields=('key', 'language'), name='wording_one_scheduled'), models.UniqueConstraint(condition=models.Q(('state', 'live')), fields=('key', 'language'), name='wording_one_live'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'waiting', 'scheduled', 'live', 'returned', 'superseded'])), name='wording_state'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('scheduled', 'live')), _negated=True), ('release__in', ['signed', 'passed', 'own', 'shipped', 'earlier']), _connector='OR'), name='wording_shown_is_released'), models.CheckConstraint(condition=models.Q(models.Q(('release__in', ('signed', 'passed', 'own')), ('released_at__isnull', False), ('released_by__isnull', False)), models.Q(('release__in', ['', 'shipped', 'earlier']), ('released_at', None), ('released_by', None)), _connector='OR'), name='wording_released_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('release', 'shipped'), _negated=True), ('editor', None), _connector='OR'), name='wording_shipped_has_no_editor'), models.CheckConstraint(condition=models.Q(models.Q(('release', 'signed'), _negated=True), ('signed_off_at__gte', models.F('released_at')), _connector='OR'), name='wording_signed_is_reviewed'), models.CheckConstraint(condition=models.Q(models.Q(('signed_off_at', None), ('signed_off_by', None)), models.Q(('signed_off_at__isnull', False), ('signed_off_by__isnull', False)), _connector='OR'), name='wording_signed_off_whole'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('draft', 'waiting')), _negated=True), ('release', ''), _connector='OR'), name='wording_unreleased_waits'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'live'), _negated=True), ('published_at__isnull', False), _connector='OR'), models.Q(models.Q(('state', 'scheduled'), _negated=True), ('goes_live_at__isnull', False), _connector='OR')), name='wording_has_its_moment'), models.CheckConstraint(condition=models.Q(models.Q(('release', 'own'), _negated=True), models.Q(('is_clinical', False), ('signed_off_by', None)), _connector='OR'), name='wording_clinical_takes_a_physician')],
                'permissions': [('release_wording', "Can put the clinic's own words on the site"), ('sign_off_wording', 'Can sign off words that stand beside signed ones')],
            },
        ),
        migrations.CreateModel(
            name='QuestionVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(editable=False, verbose_name='version')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('waiting', 'Waiting for sign-off'), ('scheduled', 'Signed, goes live later'), ('live', 'Live'), ('returned', 'Sent back'), ('superseded', 'Superseded')], db_default='draft', default='draft', editable=False, max_length=10, verbose_name='state')),
                ('revision', models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name='saved so often')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='written at')),
                ('submitted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='submitted at')),
                ('release', models.CharField(blank=True, choices=[('signed', 'Signed off'), ('passed', 'Not clinical, said a dermatologist'), ('own', "In the clinic's own name"), ('shipped', 'Came with the product'), ('earlier', 'Published before sign-offs were asked for')], db_default='', default='', editable=False, max_length=7, verbose_name='released as')),
                ('released_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='released at')),
                ('signed_off_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='signed off at')),
                ('goes_live_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='goes live at')),
                ('published_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='live since')),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='superseded at')),
                ('return_note', models.TextField(blank=True, db_default='', default='', verbose_name='note to the editor')),
                ('question', models.CharField(max_length=200, verbose_name='question')),
                ('question_es', models.CharField(blank=True, max_length=200, verbose_name='question in Spanish')),
                ('answer', models.TextField(help_text='Plain text. An empty line begins a new paragraph.', max_length=2000, verbose_name='answer')),
                ('answer_es', models.TextField(blank=True, max_length=2000, verbose_name='answer in Spanish')),
                ('place', models.CharField(blank=True, help_text='Empty: on the home page and the contact page.', max_length=40, verbose_name='where')),
                ('change_note', models.CharField(blank=True, max_length=200, verbose_name='why you change it (for colleagues)')),
                ('common', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='clinic.commonquestion')),
                ('editor', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='editor')),
                ('released_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='released by')),
                ('returned_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sent back by')),
                ('signed_off_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='signed off by')),
            ],
            options={
                'verbose_name': 'version of a common question',
                'verbose_name_plural': 'versions of common questions',
                'ordering': ['-number'],
                'permissions': [('release_questionversion', 'Can put answers to common questions on the site'), ('sign_off_questionversion', 'Can sign off answers that stand beside signed words')],
                'abstract': False,
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('common', 'number'), name='questionversion_number'), models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('common',), name='questionversion_one_draft'), models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('common',), name='questionversion_one_waiting'), models.UniqueConstraint(condition=models.Q(('state', 'scheduled')), fields=('common',), name='questionversion_one_scheduled'), models.UniqueConstraint(condition=models.Q(('state', 'live')), fields=('common',), name='questionversion_one_live'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'waiting', 'scheduled', 'live', 'returned', 'superseded'])), name='questionversion_state'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('scheduled', 'live')), _negated=True), ('release__in', ['signed', 'passed', 'own', 'shipped', 'earlier']), _connector='OR'), name='questionversion_shown_is_released'), models.CheckConstraint(condition=models.Q(models.Q(('release__in', ('signed', 'passed', 'own')), ('released_at__isnull', False), ('released_by__isnull', False)), models.Q(('release__in', ['', 'shipped', 'earlier']), ('released_at', None), ('released_by', None)), _connector='OR'), name='questionversion_released_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('release', 'shipped'), _negated=True), ('editor', None), _connector='OR'), name='questionversion_shipped_has_no_editor'), models.CheckConstraint(condition=models.Q(models.Q(('release', 'signed'), _negated=True), ('signed_off_at__gte', models.F('released_at')), _connector='OR'), name='questionversion_signed_is_reviewed'), models.CheckConstraint(condition=models.Q(models.Q(('signed_off_at', None), ('signed_off_by', None)), models.Q(('signed_off_at__isnull', False), ('signed_off_by__isnull', False)), _connector='OR'), name='questionversion_signed_off_whole'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('draft', 'waiting')), _negated=True), ('release', ''), _connector='OR'), name='questionversion_unreleased_waits'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'live'), _negated=True), ('published_at__isnull', False), _connector='OR'), models.Q(models.Q(('state', 'scheduled'), _negated=True), ('goes_live_at__isnull', False), _connector='OR')), name='questionversion_has_its_moment'), models.CheckConstraint(condition=models.Q(models.Q(('release', 'own'), _negated=True), models.Q(('place', ''), ('signed_off_by', None)), _connector='OR'), name='questionversion_clinical_takes_a_physician')],
            },
        ),
        migrations.CreateModel(
            name='JobPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(help_text='0, or the place of its first row, counted from 1.')),
                ('name', models.CharField(help_text='Of the file; random.', max_length=32, unique=True)),
                ('size', models.PositiveIntegerField(help_text='Bytes of the encrypted file.')),
                ('sealed_key', models.CharField(max_length=400)),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='clinic.job')),
            ],
            options={
                'ordering': ['number'],
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('job', 'number'), name='jobpart_once')],
            },
        ),
        migrations.CreateModel(
            name='Practitioner',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True, verbose_name='address of the page')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('role', models.CharField(blank=True, max_length=160, verbose_name='role')),
                ('role_es', models.CharField(blank=True, max_length=160, verbose_name='role in Spanish')),
                ('biography', models.TextField(blank=True, verbose_name='about')),
                ('biography_es', models.TextField(blank=True, verbose_name='about, in Spanish')),
                ('is_active', models.BooleanField(default=True, verbose_name='sees patients')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('user', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='practitioner', to=settings.AUTH_USER_MODEL, verbose_name='staff account')),
                ('is_lead', models.BooleanField(default=False, help_text="The one doctor to whose page the site's menu leads. Without one, the first in order.", verbose_name='named in the menu')),
                ('portrait', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='clinic.picture', verbose_name='portrait')),
                ('is_physician', models.BooleanField(db_default=False, default=False, help_text='May sign off medical content, with a staff account that may and while seeing patients.', verbose_name='physician')),
            ],
            options={
                'verbose_name': 'practitioner',
                'verbose_name_plural': 'practitioners',
                'ordering': ['position', 'name'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_lead', True)), fields=('is_lead',), name='practitioner_one_lead', violation_error_message='Another doctor is named in the menu already.')],
            },
        ),
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('practitioner', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='clinic.practitioner')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField()),
                ('asked_on', models.DateField(help_text="The clinic's day on which it was last asked for.", null=True)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'permissions': [('handle_calendarfeed', "Can make and end every doctor's calendar address")],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Closure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_day', models.DateField(verbose_name='first day')),
                ('last_day', models.DateField(blank=True, help_text='Empty for what goes on: a part of the day, or the same weekday every week.', null=True, verbose_name='last day')),
                ('reason', models.CharField(blank=True, help_text='For staff.', max_length=120, verbose_name='reason')),
                ('practitioner', models.ForeignKey(blank=True, help_text='Empty for the clinic as a whole.', null=True, on_delete=django.db.models.deletion.CASCADE, to='clinic.practitioner', verbose_name='practitioner')),
                ('ends', models.TimeField(blank=True, null=True, verbose_name='to')),
                ('starts', models.TimeField(blank=True, help_text='Empty for whole days.', null=True, verbose_name='from')),
                ('weekly', models.BooleanField(db_default=False, default=False, help_text='Only on the weekday of the first day.', verbose_name='every week')),
            ],
            options={
                'verbose_name': 'closure',
                'verbose_name_plural': 'closures',
                'ordering': ['first_day'],
                'constraints': [models.CheckConstraint(condition=models.Q(('last_day', None), ('first_day__lte', models.F('last_day')), _connector='OR'), name='closure_first_before_last', violation_error_message="The last day can't come before the first."), models.CheckConstraint(condition=models.Q(('starts', None), ('starts__lt', models.F('ends')), _connector='OR'), name='closure_starts_before_ends', violation_error_message='The end has to come after the start.'), models.CheckConstraint(condition=models.Q(models.Q(('ends', None), ('starts', None), models.Q(('weekly', True), ('last_day__isnull', False), _connector='OR')), models.Q(('ends__isnull', False), ('starts__isnull', False)), _connector='OR'), name='closure_whole_or_part', violation_error_message='Give both times or neither, and for whole days a last day.')],
            },
        ),
        migrations.CreateModel(
            name='DeskDoctor',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('practitioner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='clinic.practitioner')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='OpeningHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.SmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], verbose_name='weekday')),
                ('opens', models.TimeField(verbose_name='opens')),
                ('closes', models.TimeField(verbose_name='closes')),
                ('practitioner', models.ForeignKey(blank=True, help_text='Empty for the clinic as a whole.', null=True, on_delete=django.db.models.deletion.CASCADE, to='clinic.practitioner', verbose_name='practitioner')),
            ],
            options={
                'verbose_name': 'opening hours',
                'verbose_name_plural': 'opening hours',
                'ordering': ['weekday', 'opens'],
                'constraints': [models.CheckConstraint(condition=models.Q(('opens__lt', models.F('closes'))), name='openinghours_opens_before_closes', violation_error_message='Closing has to come after opening.'), models.CheckConstraint(condition=models.Q(('weekday__range', (0, 6))), name='openinghours_weekday'), models.UniqueConstraint(fields=('practitioner', 'weekday', 'opens'), name='openinghours_once'), models.UniqueConstraint(condition=models.Q(('practitioner', None)), fields=('weekday', 'opens'), name='openinghours_clinic_once')],
            },
        ),
        migrations.CreateModel(
            name='PractitionerAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True, verbose_name='address of the page')),
                ('page', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='clinic.practitioner')),
            ],
            options={
                'verbose_name': 'address of a doctor',
                'verbose_name_plural': 'addresses of doctors',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SpecialOpening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('opens', models.TimeField(verbose_name='opens')),
                ('closes', models.TimeField(verbose_name='closes')),
                ('reason', models.CharField(blank=True, help_text='For staff.', max_length=120, verbose_name='reason')),
                ('practitioner', models.ForeignKey(blank=True, help_text='Empty for the clinic as a whole.', null=True, on_delete=django.db.models.deletion.CASCADE, to='clinic.practitioner', verbose_name='practitioner')),
            ],
            options={
                'verbose_name': 'special opening',
                'verbose_name_plural': 'special openings',
                'ordering': ['day', 'opens'],
                'constraints': [models.CheckConstraint(condition=models.Q(('opens__lt', models.F('closes'))), name='specialopening_opens_before_closes', violation_error_message='Closing has to come after opening.')],
            },
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(
                    model_name='commonquestion',
                    name='answer',
                ),
                migrations.RemoveField(
                    model_name='commonquestion',
                    name='answer_es',
                ),
                migrations.RemoveField(
                    model_name='commonquestion',
                    name='place',
                ),
                migrations.RemoveField(
                    model_name='commonquestion',
                    name='question',
                ),
                migrations.RemoveField(
                    model_name='commonquestion',
                    name='question_es',
                ),
            ],
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
