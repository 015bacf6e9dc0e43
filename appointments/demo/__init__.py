"""The demonstration: content, hours, staff of each role, and requests at every point of their story.

Everything is made up and marked so: names of no real patient, phone numbers from the range that is kept for
fiction, e-mail at example.org. The same number of requests makes the same people and stories each time,
counted back from the present; only the patients' links are random.
"""

from appointments.demo.building import DEFAULT_REQUESTS, STAFF, Made, make

__all__ = ["DEFAULT_REQUESTS", "STAFF", "Made", "make"]
