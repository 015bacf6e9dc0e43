"""django-migration-linter on the migrations after the squashed ones: while one runs, the version before still
answers, so it adds nothing that would refuse what that one writes, and takes away nothing that it reads."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django_migration_linter import MigrationLinter

from tests.test_project import ORDER, ROOT

pytestmark = pytest.mark.django_db


@pytest.fixture
def linter() -> MigrationLinter:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite makes a table anew for most changes, which is no sign of anything")
    return MigrationLinter(str(ROOT), no_cache=True)


def after_the_squashed() -> Iterator[Migration]:
    of_us = {key: each for key, each in MigrationLoader(None).disk_migrations.items() if key[0] in ORDER}
    replaced = {key for each in of_us.values() for key in each.replaces}
    return (each for key, each in of_us.items() if not each.replaces and key not in replaced)


def test_none_breaks_the_version_before(linter: MigrationLinter, capsys: pytest.CaptureFixture[str]) -> None:
    for migration in after_the_squashed():
        linter.lint_migration(migration)
    assert not linter.has_errors, capsys.readouterr().out


def test_one_that_would_is_found(linter: MigrationLinter) -> None:
    linter.lint_migration(MigrationLoader(None).disk_migrations["clinic", "0013_pictures_kept"])
    assert linter.has_errors
