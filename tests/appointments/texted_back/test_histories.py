"""Ten thousand histories at random of consent, STOP, START, changes of number and corrections: no number that
wants none, or to which nobody has agreed, is ever handed a text."""

import os
import random
import uuid
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from appointments.messages import outbox
from appointments.messages.texts import consent
from appointments.messages.texts.inbound import Reply
from appointments.messages.texts.line import TextLine
from appointments.models import Message, MessageChannel, PatientRequest, TextConsent
from appointments.requests import correction
from appointments.texted_back import replies
from tests.appointments.messages.texts.written import agreed, text_for
from tests.builders import WEDNESDAY

# The suite plays some; TEXT_HISTORIES=10000 plays them all (an hour of one core on SQLite).
HISTORIES = int(os.environ.get("TEXT_HISTORIES", "60"))
NUMBERS = ["+13105550121", "+13105550122", "+13105550123"]
WORKER = uuid.uuid4()


class Watched(TextLine):
    """Hands texts over to the test, which knows by itself who wants some."""

    def __init__(self) -> None:
        super().__init__()
        self.agreed: dict[int, str] = {}
        self.stopped: set[str] = set()
        self.handed = 0
        self.wrong: list[str] = []

    def hand_over(self, message: Message) -> str:
        self.handed += 1
        if message.kind in consent.ANSWERS:
            if message.recipient in self.stopped and message.kind != consent.STOPPED:
                self.wrong.append(f"{message.kind} to who wants none")
        elif message.recipient in self.stopped:
            self.wrong.append("to who wants none")
        elif self.agreed.get(message.request_id or 0) != message.recipient:
            self.wrong.append("to a number that did not agree")
        return ""


class History:
    """One of them: two patients, who may share a phone, and what they and the desk do."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.line = Watched()
        self.now = WEDNESDAY
        self.rows = [agreed(phone=dice.choice(NUMBERS)) for _patient in range(2)]
        self.line.agreed = {row.pk: row.phone.as_e164 for row in self.rows}

    def play(self, steps: int = 12) -> None:
        for _step in range(steps):
            self.now += timedelta(minutes=self.dice.choice([1, 20, 300]))
            getattr(self, self.dice.choice(STEPS))(self.dice.choice(self.rows))
        self.send(self.rows[0])

    def text(self, row: PatientRequest) -> None:
        if consent.number_of(row):
            text_for(row, at=self.now)

    def stop(self, row: PatientRequest) -> None:
        number = self.dice.choice(NUMBERS)
        replies.take(Reply(number, "STOP"), self.now)
        self.line.stopped.add(number)

    def start(self, row: PatientRequest) -> None:
        number = self.dice.choice(NUMBERS)
        replies.take(Reply(number, "start"), self.now)
        self.line.stopped.discard(number)

    def agree(self, row: PatientRequest) -> None:
        consent.agree(row, None, self.now)
        self.line.agreed[row.pk] = row.phone.as_e164

    def take_back(self, row: PatientRequest) -> None:
        consent.take_back(row, None, self.now)
        number = PatientRequest.objects.get(pk=row.pk).phone.as_e164
        self.line.agreed = {pk: at for pk, at in self.line.agreed.items() if at != number}

    def correct(self, row: PatientRequest) -> None:
        number = self.dice.choice(NUMBERS)
        row = PatientRequest.objects.get(pk=row.pk)
        if number == row.phone.as_e164:
            return
        row.phone = type(row.phone).from_string(number)
        correction.correct(row, ["phone"], None, "", row.version, self.now)
        self.line.agreed.pop(row.pk, None)
        self.rows = [PatientRequest.objects.get(pk=each.pk) for each in self.rows]

    def help(self, row: PatientRequest) -> None:
        replies.take(Reply(self.dice.choice(NUMBERS), "HELP"), self.now)

    def send(self, row: PatientRequest) -> None:
        self.line.begin()
        outbox.send_texts(self.line, WORKER, self.now)

    def claim_and_stop(self, row: PatientRequest) -> None:
        """STOP comes between the claim and the handing over."""
        claimed = outbox.claim(WORKER, self.now, channel=MessageChannel.TEXT)
        self.dice.choice([self.stop, self.correct, self.take_back])(row)
        for message in claimed:
            outbox.deliver(message, WORKER, self.now, self.line)


STEPS = [
    "text",
    "text",
    "stop",
    "start",
    "agree",
    "take_back",
    "correct",
    "help",
    "send",
    "send",
    "claim_and_stop",
]


@pytest.fixture(params=range(4))
def part(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.mark.django_db
def test_no_history_texts_a_number_that_wants_none(part: int) -> None:
    handed, wrong = 0, []
    for seed in range(part, HISTORIES, 4):
        with transaction.atomic():
            history = History(random.Random(seed))
            history.play()
            handed += history.line.handed
            wrong += [f"{seed}: {each}" for each in history.line.wrong]
            transaction.set_rollback(True)
    assert wrong == []
    assert handed > HISTORIES / 8


@pytest.mark.django_db
def test_the_database_claims_no_text_for_such_a_number_whoever_asks_it() -> None:
    row = agreed()
    message = text_for(row)
    with transaction.atomic():
        consent.opt_out(row.phone.as_e164, WEDNESDAY)
    Message.objects.filter(pk=message.pk).update(status="queued")
    with pytest.raises(IntegrityError, match="text_to_opted_out"), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(leased_by=WORKER)


@pytest.mark.django_db
def test_one_consent_of_a_request_stands() -> None:
    row = agreed()
    first = TextConsent.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        TextConsent.objects.create(
            request=row,
            number=NUMBERS[0],
            version="1",
            words="-",
            language="en",
            at=datetime.now(first.at.tzinfo),
        )
