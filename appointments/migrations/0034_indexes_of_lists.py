"""An index for each list that staff see, so that none reads more, the more requests there are; those that nothing
reads go, and no appointment is longer than a day, so that a look at a day needn't read the years before."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from appointments import guards
from clinic.operations.indexes import AddIndexBeside, RemoveIndexBeside, WithoutIndexOfItsOwn


def install_longest(apps, schema_editor):
    guards.install_longest(schema_editor.connection)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ('appointments', '0033_is_record'),
        ('clinic', '0027_indexes_of_the_audit'),
        ('treatments', '0021_bounces_reserved'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexBeside(
            model_name='appointment',
            index=models.Index(condition=models.Q(('status__in', ('booked', 'arrived'))), fields=['start'], name='appointment_coming'),
        ),
        AddIndexBeside(
            model_name='message',
            index=models.Index(fields=['-created_at', '-id'], name='message_created'),
        ),
        AddIndexBeside(
            model_name='message',
            index=models.Index(fields=['kind', 'created_at'], name='message_kind_created'),
        ),
        AddIndexBeside(
            model_name='message',
            index=models.Index(condition=models.Q(('channel', django.db.models.expressions.RawSQL("'phone'", ()))), fields=['created_at'], name='message_said'),
        ),
        AddIndexBeside(
            model_name='message',
            index=models.Index(condition=models.Q(('channel', django.db.models.expressions.RawSQL("'email'", ())), ('status', django.db.models.expressions.RawSQL("'failed'", ()))), fields=['created_at'], name='message_failed'),
        ),
        AddIndexBeside(
            model_name='message',
            index=models.Index(condition=models.Q(('request', None)), fields=['created_at'], name='message_to_staff'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), models.Q(('status__in', (django.db.models.expressions.RawSQL("'new'", ()), django.db.models.expressions.RawSQL("'in_progress'", ()), django.db.models.expressions.RawSQL("'clinical_review'", ()))), models.Q(models.Q(('alarm', django.db.models.expressions.RawSQL("''", ())), _negated=True), ('alarm_met_at', None)), _connector='OR')), fields=['-urgent', 'respond_by'], name='request_waits'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), models.Q(('status__in', (django.db.models.expressions.RawSQL("'new'", ()), django.db.models.expressions.RawSQL("'in_progress'", ()), django.db.models.expressions.RawSQL("'clinical_review'", ()))), models.Q(models.Q(('alarm', django.db.models.expressions.RawSQL("''", ())), _negated=True), ('alarm_met_at', None)), _connector='OR')), fields=['treatment', '-urgent', 'respond_by'], name='request_waits_treatment'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), models.Q(('status__in', (django.db.models.expressions.RawSQL("'new'", ()), django.db.models.expressions.RawSQL("'in_progress'", ()), django.db.models.expressions.RawSQL("'clinical_review'", ()))), models.Q(models.Q(('alarm', django.db.models.expressions.RawSQL("''", ())), _negated=True), ('alarm_met_at', None)), _connector='OR')), fields=['status', '-urgent', 'respond_by'], name='request_waits_status'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), ('status__in', (django.db.models.expressions.RawSQL("'new'", ()), django.db.models.expressions.RawSQL("'in_progress'", ()), django.db.models.expressions.RawSQL("'clinical_review'", ()))), ('calling_ended_at', None), ('kind', django.db.models.expressions.RawSQL("'callback'", ()))), fields=['-urgent', 'respond_by'], name='request_calls'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), ('finished_at', None), ('assignee__isnull', False)), fields=['assignee', '-urgent', 'respond_by'], name='request_mine'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False)), fields=['status', 'received_at'], name='request_in_status'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(fields=['treatment', 'received_at'], name='request_treatment_received'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('assignee__isnull', False)), fields=['assignee', 'received_at'], name='request_assignee_received'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), ('finished_at__isnull', False)), fields=['received_at'], name='request_finished'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('finished_at__isnull', False), ('treatment__isnull', False)), fields=['treatment', 'finished_at'], name='request_treatment_finished'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('finished_at__isnull', False), ('is_record', False)), fields=['kind', 'status', 'finished_at'], name='request_to_erase'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), ('finished_at', None), models.Q(('status__in', (django.db.models.expressions.RawSQL("'offered'", ()), django.db.models.expressions.RawSQL("'booked'", ()))), ('decision_owed', True), _connector='OR')), fields=['received_at'], name='request_with_patient'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', True), ('finished_at', None)), fields=['received_at'], name='request_quarantined'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('closed_reason', django.db.models.expressions.RawSQL("'spam'", ()))), fields=['received_at'], name='request_closed_spam'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), ('urgent', True)), fields=['received_at'], name='request_flag_urgent'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), models.Q(('alarm', django.db.models.expressions.RawSQL("''", ())), _negated=True)), fields=['received_at'], name='request_flag_alarm'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), ('decision_owed', True)), fields=['received_at'], name='request_flag_decision'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), ('screening_flagged', True)), fields=['received_at'], name='request_flag_screening'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), ('age_flagged', True)), fields=['received_at'], name='request_flag_age'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), ('interval_flagged', True)), fields=['received_at'], name='request_flag_interval'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), ('possible_duplicate', True)), fields=['received_at'], name='request_flag_duplicate'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), ('crowded', True)), fields=['received_at'], name='request_flag_crowded'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), models.Q(('phone_to_check', True), ('email_to_check', True), _connector='OR')), fields=['received_at'], name='request_flag_check'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), models.Q(('status__in', (django.db.models.expressions.RawSQL("'new'", ()), django.db.models.expressions.RawSQL("'in_progress'", ()), django.db.models.expressions.RawSQL("'clinical_review'", ()))), models.Q(models.Q(('alarm', django.db.models.expressions.RawSQL("''", ())), _negated=True), ('alarm_met_at', None)), _connector='OR'), ('urgent', True)), fields=['-urgent', 'respond_by'], name='request_waits_urgent'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), models.Q(('status__in', (django.db.models.expressions.RawSQL("'new'", ()), django.db.models.expressions.RawSQL("'in_progress'", ()), django.db.models.expressions.RawSQL("'clinical_review'", ()))), models.Q(models.Q(('alarm', django.db.models.expressions.RawSQL("''", ())), _negated=True), ('alarm_met_at', None)), _connector='OR'), models.Q(('alarm', django.db.models.expressions.RawSQL("''", ())), _negated=True)), fields=['-urgent', 'respond_by'], name='request_waits_alarm'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), models.Q(('status__in', (django.db.models.expressions.RawSQL("'new'", ()), django.db.models.expressions.RawSQL("'in_progress'", ()), django.db.models.expressions.RawSQL("'clinical_review'", ()))), models.Q(models.Q(('alarm', django.db.models.expressions.RawSQL("''", ())), _negated=True), ('alarm_met_at', None)), _connector='OR'), ('decision_owed', True)), fields=['-urgent', 'respond_by'], name='request_waits_decision'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), models.Q(('status__in', (django.db.models.expressions.RawSQL("'new'", ()), django.db.models.expressions.RawSQL("'in_progress'", ()), django.db.models.expressions.RawSQL("'clinical_review'", ()))), models.Q(models.Q(('alarm', django.db.models.expressions.RawSQL("''", ())), _negated=True), ('alarm_met_at', None)), _connector='OR'), ('screening_flagged', True)), fields=['-urgent', 'respond_by'], name='request_waits_screening'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), models.Q(('status__in', (django.db.models.expressions.RawSQL("'new'", ()), django.db.models.expressions.RawSQL("'in_progress'", ()), django.db.models.expressions.RawSQL("'clinical_review'", ()))), models.Q(models.Q(('alarm', django.db.models.expressions.RawSQL("''", ())), _negated=True), ('alarm_met_at', None)), _connector='OR'), ('age_flagged', True)), fields=['-urgent', 'respond_by'], name='request_waits_age'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), models.Q(('status__in', (django.db.models.expressions.RawSQL("'new'", ()), django.db.models.expressions.RawSQL("'in_progress'", ()), django.db.models.expressions.RawSQL("'clinical_review'", ()))), models.Q(models.Q(('alarm', django.db.models.expressions.RawSQL("''", ())), _negated=True), ('alarm_met_at', None)), _connector='OR'), ('interval_flagged', True)), fields=['-urgent', 'respond_by'], name='request_waits_interval'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), models.Q(('status__in', (django.db.models.expressions.RawSQL("'new'", ()), django.db.models.expressions.RawSQL("'in_progress'", ()), django.db.models.expressions.RawSQL("'clinical_review'", ()))), models.Q(models.Q(('alarm', django.db.models.expressions.RawSQL("''", ())), _negated=True), ('alarm_met_at', None)), _connector='OR'), ('possible_duplicate', True)), fields=['-urgent', 'respond_by'], name='request_waits_duplicate'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), models.Q(('status__in', (django.db.models.expressions.RawSQL("'new'", ()), django.db.models.expressions.RawSQL("'in_progress'", ()), django.db.models.expressions.RawSQL("'clinical_review'", ()))), models.Q(models.Q(('alarm', django.db.models.expressions.RawSQL("''", ())), _negated=True), ('alarm_met_at', None)), _connector='OR'), ('crowded', True)), fields=['-urgent', 'respond_by'], name='request_waits_crowded'),
        ),
        AddIndexBeside(
            model_name='patientrequest',
            index=models.Index(condition=models.Q(('suspected_spam', False), models.Q(('status__in', (django.db.models.expressions.RawSQL("'new'", ()), django.db.models.expressions.RawSQL("'in_progress'", ()), django.db.models.expressions.RawSQL("'clinical_review'", ()))), models.Q(models.Q(('alarm', django.db.models.expressions.RawSQL("''", ())), _negated=True), ('alarm_met_at', None)), _connector='OR'), models.Q(('phone_to_check', True), ('email_to_check', True), _connector='OR')), fields=['-urgent', 'respond_by'], name='request_waits_check'),
        ),
        RemoveIndexBeside(
            model_name='patientrequest',
            name='request_waiting',
        ),
        RemoveIndexBeside(
            model_name='patientrequest',
            name='request_status_received',
        ),
        RemoveIndexBeside(
            model_name='patientrequest',
            name='request_assignee_status',
        ),
        RemoveIndexBeside(
            model_name='patientrequest',
            name='request_spam',
        ),
        RemoveIndexBeside(
            model_name='patientrequest',
            name='request_crowded',
        ),
        WithoutIndexOfItsOwn(
            model_name='appointment',
            name='practitioner',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='clinic.practitioner', verbose_name='practitioner'),
        ),
        WithoutIndexOfItsOwn(
            model_name='patientrequest',
            name='assignee',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assigned_requests', to=settings.AUTH_USER_MODEL, verbose_name='assignee'),
        ),
        WithoutIndexOfItsOwn(
            model_name='patientrequest',
            name='opened_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        WithoutIndexOfItsOwn(
            model_name='patientrequest',
            name='treatment',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='treatments.treatment', verbose_name='treatment'),
        ),
        WithoutIndexOfItsOwn(
            model_name='requestevent',
            name='request',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='appointments.patientrequest'),
        ),
        migrations.RunPython(install_longest, migrations.RunPython.noop),
    ]
