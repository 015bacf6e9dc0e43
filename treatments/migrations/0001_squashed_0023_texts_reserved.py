"""The tables of a new database as the replaced migrations leave them; written by `make squash`."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import treatments.models.slugs
from django.conf import settings
from django.db import migrations, models


from treatments import guards


def install(apps, schema_editor):
    guards.install(schema_editor.connection)


class Migration(migrations.Migration):

    replaces = [('treatments', '0001_initial'), ('treatments', '0002_guards'), ('treatments', '0003_visit_length_assumed'), ('treatments', '0004_who_does_what'), ('treatments', '0005_pictures'), ('treatments', '0006_states'), ('treatments', '0007_states_of_today'), ('treatments', '0008_released_content'), ('treatments', '0009_leaves_at'), ('treatments', '0010_addresses'), ('treatments', '0011_addresses_kept'), ('treatments', '0012_translated_from'), ('treatments', '0013_originals'), ('treatments', '0014_alarm_words'), ('treatments', '0015_drawings'), ('treatments', '0016_own_release'), ('treatments', '0017_beside_the_words'), ('treatments', '0018_beside_the_words_today'), ('treatments', '0019_beside_the_words_kept'), ('treatments', '0020_words_of_intervals'), ('treatments', '0021_bounces_reserved'), ('treatments', '0022_more_words_of_addresses'), ('treatments', '0023_texts_reserved')]

    initial = True

    dependencies = [
        ('clinic', '0028_calendar_feed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AlarmWords',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(editable=False, verbose_name='version')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('waiting', 'Waiting for sign-off'), ('scheduled', 'Signed, goes live later'), ('live', 'Live'), ('returned', 'Sent back'), ('superseded', 'Superseded')], db_default='draft', default='draft', editable=False, max_length=10, verbose_name='state')),
                ('revision', models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name='saved so often')),
                ('change_note', models.CharField(max_length=200, verbose_name='what changed, and why')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='written at')),
                ('submitted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='submitted at')),
                ('release', models.CharField(blank=True, choices=[('signed', 'Signed off'), ('passed', 'Not clinical, said a dermatologist'), ('own', "In the clinic's own name"), ('shipped', 'Came with the product'), ('earlier', 'Published before sign-offs were asked for')], db_default='', default='', editable=False, max_length=7, verbose_name='released as')),
                ('released_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='released at')),
                ('signed_off_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='signed off at')),
                ('goes_live_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='goes live at')),
                ('published_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='live since')),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='superseded at')),
                ('return_note', models.TextField(blank=True, db_default='', default='', verbose_name='note to the editor')),
                ('call_911', models.CharField(max_length=120, verbose_name='first level: what to do')),
                ('call_911_signs', models.CharField(max_length=300, verbose_name='first level: signs')),
                ('call_us', models.CharField(max_length=120, verbose_name='second level: what to do')),
                ('call_us_signs', models.CharField(max_length=300, verbose_name='second level: signs')),
                ('call_911_es', models.CharField(max_length=120, verbose_name='first level in Spanish: what to do')),
                ('call_911_signs_es', models.CharField(max_length=300, verbose_name='first level in Spanish: signs')),
                ('call_us_es', models.CharField(max_length=120, verbose_name='second level in Spanish: what to do')),
                ('call_us_signs_es', models.CharField(max_length=300, verbose_name='second level in Spanish: signs')),
                ('editor', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='editor')),
                ('released_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='released by')),
                ('returned_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sent back by')),
                ('signed_off_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='signed off by')),
            ],
            options={
                'verbose_name': 'version of the alarm words',
                'verbose_name_plural': 'alarm words',
                'ordering': ['-number'],
                'permissions': [('sign_off_alarmwords', 'Can sign off the alarm words')],
                'abstract': False,
                'default_permissions': ('view', 'change'),
                'constraints': [models.UniqueConstraint(fields=('number',), name='alarmwords_number'), models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('state',), name='alarmwords_one_draft'), models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('state',), name='alarmwords_one_waiting'), models.UniqueConstraint(condition=models.Q(('state', 'scheduled')), fields=('state',), name='alarmwords_one_scheduled'), models.UniqueConstraint(condition=models.Q(('state', 'live')), fields=('state',), name='alarmwords_one_live'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'waiting', 'scheduled', 'live', 'returned', 'superseded'])), name='alarmwords_state'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('scheduled', 'live')), _negated=True), ('release__in', ['signed', 'passed', 'shipped', 'earlier']), _connector='OR'), name='alarmwords_shown_is_released'), models.CheckConstraint(condition=models.Q(models.Q(('release__in', ('signed', 'passed')), ('released_at__isnull', False), ('released_by__isnull', False)), models.Q(('release__in', ['', 'shipped', 'earlier']), ('released_at', None), ('released_by', None)), _connector='OR'), name='alarmwords_released_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('release', 'shipped'), _negated=True), ('editor', None), _connector='OR'), name='alarmwords_shipped_has_no_editor'), models.CheckConstraint(condition=models.Q(models.Q(('release', 'signed'), _negated=True), ('signed_off_at__gte', models.F('released_at')), _connector='OR'), name='alarmwords_signed_is_reviewed'), models.CheckConstraint(condition=models.Q(models.Q(('signed_off_at', None), ('signed_off_by', None)), models.Q(('signed_off_at__isnull', False), ('signed_off_by__isnull', False)), _connector='OR'), name='alarmwords_signed_off_whole'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('draft', 'waiting')), _negated=True), ('release', ''), _connector='OR'), name='alarmwords_unreleased_waits'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'live'), _negated=True), ('published_at__isnull', False), _connector='OR'), models.Q(models.Q(('state', 'scheduled'), _negated=True), ('goes_live_at__isnull', False), _connector='OR')), name='alarmwords_has_its_moment')],
            },
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=200, unique=True, verbose_name='title')),
                ('publisher', models.CharField(blank=True, max_length=120, verbose_name='publisher')),
                ('url', models.URLField(blank=True, help_text='Only an address that somebody has opened.', verbose_name='address')),
            ],
            options={
                'verbose_name': 'source',
                'verbose_name_plural': 'sources',
                'ordering': ['title'],
            },
        ),
        migrations.CreateModel(
            name='Article',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(help_text='The last part of it. After a change the old address leads to the new one.', unique=True, validators=[treatments.models.slugs.not_reserved], verbose_name='address of the page')),
                ('is_published', models.BooleanField(default=False, verbose_name='published')),
                ('is_sample', models.BooleanField(default=False, help_text='Marked as such on the page; only for demonstrations.', verbose_name='sample content')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('names_medicine', models.BooleanField(db_default=False, default=False)),
                ('review_every_months', models.PositiveSmallIntegerField(default=12, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)], verbose_name='medical review every (months)')),
                ('sources', models.ManyToManyField(blank=True, to='treatments.source', verbose_name='sources')),
                ('picture', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='clinic.picture', verbose_name='picture')),
                ('leaves_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='leaves the site at')),
            ],
            options={
                'verbose_name': 'article',
                'verbose_name_plural': 'articles',
                'ordering': ['position', 'slug'],
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(django.db.models.lookups.In(django.db.models.functions.text.Lower(models.F('slug')), ('accept', 'accounts', 'admin', 'answer', 'appointments', 'articles', 'bounces', 'calendar', 'callback', 'cancel', 'change', 'confirm', 'consultation', 'contact', 'csp-report', 'doctors', 'earlier', 'en', 'es', 'find', 'healthz', 'keep', 'media', 'metrics', 'none-suit', 'other', 'privacy', 'readyz', 'recall', 'request', 's', 'share', 'static', 'status', 'statusz', 'stop', 'take', 'texts', 'treatments', 'withdraw')), _negated=True), name='article_slug_not_reserved', violation_error_message="The address is a part of the site's own addresses.")],
            },
        ),
        migrations.CreateModel(
            name='ArticleAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True, verbose_name='address of the page')),
                ('page', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='treatments.article')),
            ],
            options={
                'verbose_name': 'address of an article',
                'verbose_name_plural': 'addresses of articles',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ArticleVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(choices=[('en', 'English'), ('es', 'Español')], default='en', max_length=2, verbose_name='language')),
                ('number', models.PositiveIntegerField(editable=False, verbose_name='version')),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('summary', models.CharField(help_text='One or two sentences, for lists and search engines.', max_length=300, verbose_name='summary')),
                ('body', models.TextField(verbose_name='text')),
                ('change_note', models.CharField(max_length=200, verbose_name='what changed, and why')),
                ('is_clinical', models.BooleanField(db_default=True, default=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='written at')),
                ('published_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='live since')),
                ('signed_off_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='signed off at')),
                ('editor', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='editor')),
                ('page', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='treatments.article')),
                ('signed_off_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='signed off by')),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='superseded at')),
                ('goes_live_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='goes live at')),
                ('names_medicine', models.BooleanField(db_default=False, default=False, help_text='The page then says when to call 911.', verbose_name='names a medicine')),
                ('release', models.CharField(blank=True, choices=[('signed', 'Signed off'), ('passed', 'Not clinical, said a dermatologist'), ('own', "In the clinic's own name"), ('shipped', 'Came with the product'), ('earlier', 'Published before sign-offs were asked for')], db_default='', default='', editable=False, max_length=7, verbose_name='released as')),
                ('released_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='released at')),
                ('released_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='released by')),
                ('return_note', models.TextField(blank=True, db_default='', default='', verbose_name='note to the editor')),
                ('returned_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sent back by')),
                ('revision', models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name='saved so often')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('waiting', 'Waiting for sign-off'), ('scheduled', 'Signed, goes live later'), ('live', 'Live'), ('returned', 'Sent back'), ('superseded', 'Superseded')], db_default='draft', default='draft', editable=False, max_length=10, verbose_name='state')),
                ('submitted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='submitted at')),
                ('translated_from', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='translations', to='treatments.articleversion', verbose_name='says what this version in the main language says')),
                ('drawing', models.CharField(blank=True, choices=[('', 'Nothing'), ('after', 'Upright, no hard exercise or sauna'), ('after-care', 'Upright, no hard exercise or sauna; then fresh food; then water and rest')], db_default='', default='', help_text="Each stands beside a part with do-and-don't lists, in this order.", max_length=12, verbose_name='drawn on the page')),
                ('picture', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.picture', verbose_name='picture')),
                ('sources', models.JSONField(blank=True, editable=False, null=True, verbose_name='sources')),
            ],
            options={
                'verbose_name': 'version of an article',
                'verbose_name_plural': 'versions of articles',
                'ordering': ['-number'],
                'permissions': [('sign_off_articleversion', 'Can sign off the medical content of an article')],
                'abstract': False,
                'default_permissions': ('view', 'add'),
                'constraints': [models.UniqueConstraint(fields=('page', 'language', 'number'), name='articleversion_number'), models.CheckConstraint(condition=models.Q(('language__in', ['en', 'es'])), name='articleversion_language'), models.CheckConstraint(condition=models.Q(models.Q(('signed_off_at', None), ('signed_off_by', None)), models.Q(('signed_off_at__isnull', False), ('signed_off_by__isnull', False)), _connector='OR'), name='articleversion_signed_off_whole'), models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('page', 'language'), name='articleversion_one_draft'), models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('page', 'language'), name='articleversion_one_waiting'), models.UniqueConstraint(condition=models.Q(('state', 'scheduled')), fields=('page', 'language'), name='articleversion_one_scheduled'), models.UniqueConstraint(condition=models.Q(('state', 'live')), fields=('page', 'language'), name='articleversion_one_live'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'waiting', 'scheduled', 'live', 'returned', 'superseded'])), name='articleversion_state'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('scheduled', 'live')), _negated=True), ('release__in', ['signed', 'passed', 'shipped', 'earlier']), _connector='OR'), name='articleversion_shown_is_released'), models.CheckConstraint(condition=models.Q(models.Q(('release__in', ('signed', 'passed')), ('released_at__isnull', False), ('released_by__isnull', False)), models.Q(('release__in', ['', 'shipped', 'earlier']), ('released_at', None), ('released_by', None)), _connector='OR'), name='articleversion_released_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('release', 'shipped'), _negated=True), ('editor', None), _connector='OR'), name='articleversion_shipped_has_no_editor'), models.CheckConstraint(condition=models.Q(models.Q(('release', 'signed'), _negated=True), ('signed_off_at__gte', models.F('released_at')), _connector='OR'), name='articleversion_signed_is_reviewed'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('draft', 'waiting')), _negated=True), ('release', ''), _connector='OR'), name='articleversion_unreleased_waits'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'live'), _negated=True), ('published_at__isnull', False), _connector='OR'), models.Q(models.Q(('state', 'scheduled'), _negated=True), ('goes_live_at__isnull', False), _connector='OR')), name='articleversion_has_its_moment'), models.CheckConstraint(condition=models.Q(('language', 'en'), ('names_medicine', False), _connector='OR'), name='articleversion_facts_in_main_language'), models.CheckConstraint(condition=models.Q(models.Q(('language', 'en'), _negated=True), ('translated_from', None), _connector='OR'), name='articleversion_main_translates_nothing'), models.CheckConstraint(condition=models.Q(('drawing__in', ['', 'after', 'after-care'])), name='articleversion_drawing'), models.CheckConstraint(condition=models.Q(('language', 'en'), ('drawing', ''), _connector='OR'), name='articleversion_drawing_in_main_language'), models.CheckConstraint(condition=models.Q(('language', 'en'), models.Q(('picture__isnull', True), ('sources__isnull', True)), _connector='OR'), name='articleversion_main_alone_shows')],
            },
        ),
        migrations.CreateModel(
            name='Treatment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(help_text='The last part of it. After a change the old address leads to the new one.', unique=True, validators=[treatments.models.slugs.not_reserved], verbose_name='address of the page')),
                ('is_published', models.BooleanField(default=False, verbose_name='published')),
                ('is_sample', models.BooleanField(default=False, help_text='Marked as such on the page; only for demonstrations.', verbose_name='sample content')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('names_medicine', models.BooleanField(db_default=False, default=False)),
                ('review_every_months', models.PositiveSmallIntegerField(default=12, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)], verbose_name='medical review every (months)')),
                ('min_age', models.PositiveSmallIntegerField(db_default=18, default=18)),
                ('max_age', models.PositiveSmallIntegerField(blank=True, help_text='Outside the range a dermatologist decides first.', null=True, verbose_name='oldest age')),
                ('visit_minutes', models.PositiveSmallIntegerField(default=30, help_text="30 is what we assume, and patients don't see it; they see any other length.", validators=[django.core.validators.MinValueValidator(5), django.core.validators.MaxValueValidator(480)], verbose_name='length of a visit (minutes)')),
                ('effect_months', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='the effect can last up to (months)')),
                ('min_interval_months', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='not again before (months)')),
                ('recall_after_weeks', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='ask back after (weeks)')),
                ('aftercare', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='aftercare_of', to='treatments.article', verbose_name='aftercare article')),
                ('sources', models.ManyToManyField(blank=True, to='treatments.source', verbose_name='sources')),
                ('buffer_minutes', models.PositiveSmallIntegerField(blank=True, default=0, validators=[django.core.validators.MaxValueValidator(240)], verbose_name='kept free after a visit (minutes)')),
                ('practitioners', models.ManyToManyField(blank=True, help_text='None ticked: by everybody who sees patients.', related_name='treatments', to='clinic.practitioner', verbose_name='done by')),
                ('usual_practitioner', models.ForeignKey(blank=True, help_text='Whose free times are looked at first.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='clinic.practitioner', verbose_name='usually done by')),
                ('picture', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='clinic.picture', verbose_name='picture')),
                ('leaves_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='leaves the site at')),
            ],
            options={
                'verbose_name': 'treatment',
                'verbose_name_plural': 'treatments',
                'ordering': ['position', 'slug'],
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(django.db.models.lookups.In(django.db.models.functions.text.Lower(models.F('slug')), ('accept', 'accounts', 'admin', 'answer', 'appointments', 'articles', 'bounces', 'calendar', 'callback', 'cancel', 'change', 'confirm', 'consultation', 'contact', 'csp-report', 'doctors', 'earlier', 'en', 'es', 'find', 'healthz', 'keep', 'media', 'metrics', 'none-suit', 'other', 'privacy', 'readyz', 'recall', 'request', 's', 'share', 'static', 'status', 'statusz', 'stop', 'take', 'texts', 'treatments', 'withdraw')), _negated=True), name='treatment_slug_not_reserved', violation_error_message="The address is a part of the site's own addresses.")],
            },
        ),
        migrations.CreateModel(
            name='TreatmentAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True, verbose_name='address of the page')),
                ('page', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='treatments.treatment')),
            ],
            options={
                'verbose_name': 'address of a treatment',
                'verbose_name_plural': 'addresses of treatments',
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='TreatmentVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(choices=[('en', 'English'), ('es', 'Español')], default='en', max_length=2, verbose_name='language')),
                ('number', models.PositiveIntegerField(editable=False, verbose_name='version')),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('summary', models.CharField(help_text='One or two sentences, for lists and search engines.', max_length=300, verbose_name='summary')),
                ('body', models.TextField(verbose_name='text')),
                ('change_note', models.CharField(max_length=200, verbose_name='what changed, and why')),
                ('is_clinical', models.BooleanField(db_default=True, default=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='written at')),
                ('published_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='live since')),
                ('signed_off_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='signed off at')),
                ('editor', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='editor')),
                ('page', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='treatments.treatment')),
                ('signed_off_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='signed off by')),
                ('effect_months', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='the effect can last up to (months)')),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='superseded at')),
                ('goes_live_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='goes live at')),
                ('max_age', models.PositiveSmallIntegerField(blank=True, help_text='Outside the range a dermatologist decides first.', null=True, verbose_name='oldest age')),
                ('min_age', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='youngest age')),
                ('min_interval_months', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='shortest time between treatments (months)')),
                ('names_medicine', models.BooleanField(db_default=False, default=False, help_text='The page then says when to call 911.', verbose_name='names a medicine')),
                ('recall_after_weeks', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='remind patients after (weeks)')),
                ('release', models.CharField(blank=True, choices=[('signed', 'Signed off'), ('passed', 'Not clinical, said a dermatologist'), ('own', "In the clinic's own name"), ('shipped', 'Came with the product'), ('earlier', 'Published before sign-offs were asked for')], db_default='', default='', editable=False, max_length=7, verbose_name='released as')),
                ('released_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='released at')),
                ('released_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='released by')),
                ('return_note', models.TextField(blank=True, db_default='', default='', verbose_name='note to the editor')),
                ('returned_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sent back by')),
                ('revision', models.PositiveIntegerField(db_default=1, default=1, editable=False, verbose_name='saved so often')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('waiting', 'Waiting for sign-off'), ('scheduled', 'Signed, goes live later'), ('live', 'Live'), ('returned', 'Sent back'), ('superseded', 'Superseded')], db_default='draft', default='draft', editable=False, max_length=10, verbose_name='state')),
                ('submitted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='submitted at')),
                ('translated_from', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='translations', to='treatments.treatmentversion', verbose_name='says what this version in the main language says')),
                ('drawing', models.CharField(blank=True, choices=[('', 'Nothing'), ('brow', 'How it works: the muscles between the brows, in four steps'), ('brow-after', "The muscles between the brows; beside do and don't: upright, no hard exercise or sauna")], db_default='', default='', help_text="How it works stands after the second part of the text, the rest beside do and don't.", max_length=12, verbose_name='drawn on the page')),
                ('picture', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.picture', verbose_name='picture')),
                ('sources', models.JSONField(blank=True, editable=False, null=True, verbose_name='sources')),
            ],
            options={
                'verbose_name': "version of a treatment's page",
                'verbose_name_plural': "versions of treatments' pages",
                'ordering': ['-number'],
                'permissions': [('sign_off_treatmentversion', 'Can sign off the medical content of a treatment')],
                'abstract': False,
                'default_permissions': ('view', 'add'),
                'constraints': [models.UniqueConstraint(fields=('page', 'language', 'number'), name='treatmentversion_number'), models.CheckConstraint(condition=models.Q(('language__in', ['en', 'es'])), name='treatmentversion_language'), models.CheckConstraint(condition=models.Q(models.Q(('signed_off_at', None), ('signed_off_by', None)), models.Q(('signed_off_at__isnull', False), ('signed_off_by__isnull', False)), _connector='OR'), name='treatmentversion_signed_off_whole'), models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('page', 'language'), name='treatmentversion_one_draft'), models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('page', 'language'), name='treatmentversion_one_waiting'), models.UniqueConstraint(condition=models.Q(('state', 'scheduled')), fields=('page', 'language'), name='treatmentversion_one_scheduled'), models.UniqueConstraint(condition=models.Q(('state', 'live')), fields=('page', 'language'), name='treatmentversion_one_live'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'waiting', 'scheduled', 'live', 'returned', 'superseded'])), name='treatmentversion_state'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('scheduled', 'live')), _negated=True), ('release__in', ['signed', 'passed', 'shipped', 'earlier']), _connector='OR'), name='treatmentversion_shown_is_released'), models.CheckConstraint(condition=models.Q(models.Q(('release__in', ('signed', 'passed')), ('released_at__isnull', False), ('released_by__isnull', False)), models.Q(('release__in', ['', 'shipped', 'earlier']), ('released_at', None), ('released_by', None)), _connector='OR'), name='treatmentversion_released_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('release', 'shipped'), _negated=True), ('editor', None), _connector='OR'), name='treatmentversion_shipped_has_no_editor'), models.CheckConstraint(condition=models.Q(models.Q(('release', 'signed'), _negated=True), ('signed_off_at__gte', models.F('released_at')), _connector='OR'), name='treatmentversion_signed_is_reviewed'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('draft', 'waiting')), _negated=True), ('release', ''), _connector='OR'), name='treatmentversion_unreleased_waits'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'live'), _negated=True), ('published_at__isnull', False), _connector='OR'), models.Q(models.Q(('state', 'scheduled'), _negated=True), ('goes_live_at__isnull', False), _connector='OR')), name='treatmentversion_has_its_moment'), models.CheckConstraint(condition=models.Q(models.Q(('language', 'en'), ('min_age__isnull', False)), models.Q(models.Q(('language', 'en'), _negated=True), ('effect_months', None), ('max_age', None), ('min_age', None), ('min_interval_months', None), ('names_medicine', False), ('recall_after_weeks', None)), _connector='OR'), name='treatmentversion_facts_in_main_language'), models.CheckConstraint(condition=models.Q(('max_age', None), ('min_age__lte', models.F('max_age')), _connector='OR'), name='treatmentversion_age_range', violation_error_message="The oldest age can't be below the youngest."), models.CheckConstraint(condition=models.Q(('min_interval_months', None), ('effect_months', None), ('min_interval_months__lte', models.F('effect_months')), _connector='OR'), name='treatmentversion_interval_within_effect', violation_error_message="The shortest interval can't be longer than the effect."), models.CheckConstraint(condition=models.Q(models.Q(('language', 'en'), _negated=True), ('translated_from', None), _connector='OR'), name='treatmentversion_main_translates_nothing'), models.CheckConstraint(condition=models.Q(('drawing__in', ['', 'brow', 'brow-after'])), name='treatmentversion_drawing'), models.CheckConstraint(condition=models.Q(('language', 'en'), ('drawing', ''), _connector='OR'), name='treatmentversion_drawing_in_main_language'), models.CheckConstraint(condition=models.Q(('language', 'en'), models.Q(('picture__isnull', True), ('sources__isnull', True)), _connector='OR'), name='treatmentversion_main_alone_shows')],
            },
        ),
        migrations.CreateModel(
            name='ScreeningQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(help_text='Stays with the question for good; the form shows questions in this order.', verbose_name='number')),
                ('text', models.CharField(max_length=300, verbose_name='question')),
                ('text_es', models.CharField(blank=True, max_length=300, verbose_name='question in Spanish')),
                ('hint', models.CharField(blank=True, max_length=200, verbose_name='hint')),
                ('hint_es', models.CharField(blank=True, max_length=200, verbose_name='hint in Spanish')),
                ('flagged_answer', models.CharField(choices=[('yes', 'Yes'), ('no', 'No')], default='yes', max_length=3, verbose_name='raises a flag')),
                ('is_asked', models.BooleanField(default=True, verbose_name='asked')),
                ('treatment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='screening_questions', to='treatments.treatment')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='treatments.treatmentversion', verbose_name='version')),
            ],
            options={
                'verbose_name': 'screening question',
                'verbose_name_plural': 'screening questions',
                'ordering': ['number'],
                'constraints': [models.CheckConstraint(condition=models.Q(('flagged_answer__in', ['yes', 'no'])), name='screeningquestion_flagged_answer'), models.UniqueConstraint(fields=('version', 'number'), name='screeningquestion_once_a_version')],
            },
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(
                    model_name='article',
                    name='names_medicine',
                ),
                migrations.RemoveField(
                    model_name='article',
                    name='picture',
                ),
                migrations.RemoveField(
                    model_name='article',
                    name='sources',
                ),
                migrations.RemoveField(
                    model_name='articleversion',
                    name='is_clinical',
                ),
                migrations.RemoveField(
                    model_name='screeningquestion',
                    name='treatment',
                ),
                migrations.RemoveField(
                    model_name='treatment',
                    name='effect_months',
                ),
                migrations.RemoveField(
                    model_name='treatment',
                    name='max_age',
                ),
                migrations.RemoveField(
                    model_name='treatment',
                    name='min_age',
                ),
                migrations.RemoveField(
                    model_name='treatment',
                    name='min_interval_months',
                ),
                migrations.RemoveField(
                    model_name='treatment',
                    name='names_medicine',
                ),
                migrations.RemoveField(
                    model_name='treatment',
                    name='picture',
                ),
                migrations.RemoveField(
                    model_name='treatment',
                    name='recall_after_weeks',
                ),
                migrations.RemoveField(
                    model_name='treatment',
                    name='sources',
                ),
                migrations.RemoveField(
                    model_name='treatmentversion',
                    name='is_clinical',
                ),
            ],
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
