"""What staff ask the worker for, made and fetched at once."""

import uuid
from collections.abc import Callable
from typing import Any

from django.test import Client
from django.utils import timezone

from clinic.jobs import making
from clinic.models import Job


def work() -> None:
    """The worker does all that waits."""
    while making.work(uuid.uuid4(), timezone.now()):
        pass


def fetched(client: Client, asked: Any, meanwhile: Callable[[], None] = work) -> Any:
    """The answer with the file that `asked`, the answer to who asked for it, leads to."""
    assert asked.status_code == 302, asked.status_code
    assert asked["Location"].startswith("/admin/jobs/")
    meanwhile()
    return client.get(f"{asked['Location']}file/")


def text_of(answer: Any) -> str:
    """What was fetched."""
    assert answer.status_code == 200
    assert answer.streaming
    content = b"".join(answer.streaming_content)
    assert len(content) == int(answer["Content-Length"])
    return content.decode()


def job_of(asked: Any) -> Job:
    """The job that was asked for."""
    return Job.objects.get(pk=int(asked["Location"].rstrip("/").rpartition("/")[2]))
