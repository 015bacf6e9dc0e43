"""How often somebody may try to sign in. Short windows, so that a mistake costs minutes."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db.models import F
from django.utils.crypto import salted_hmac

from clinic.models import RateCount


@dataclass(frozen=True)
class Limit:
    """At most `most` attempts in each window of `seconds`."""

    name: str
    most: int
    seconds: int

    def allows(self, whom: str, now: datetime) -> bool:
        """Counts one attempt of `whom`, as a keyed digest, and says whether it is within the limit."""
        if not settings.RATE_LIMITS:
            return True
        digest = salted_hmac("clinic.attempts", whom, algorithm="sha256").hexdigest()
        began = datetime.fromtimestamp(now.timestamp() // self.seconds * self.seconds, UTC)
        row, _ = RateCount.objects.get_or_create(key=f"{self.name}:{digest[:40]}", window=began)
        RateCount.objects.filter(pk=row.pk).update(count=F("count") + 1)
        return RateCount.objects.filter(pk=row.pk, count__lte=self.most).exists()
