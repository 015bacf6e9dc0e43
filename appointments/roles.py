"""The groups of staff and what each may do. Made again after each migrate; extra permissions that a
superuser gave a group stay."""

from django.contrib.auth.models import AbstractUser, Group, Permission
from django.db.models import Q

from appointments.lifecycle import Actor

FRONT_DESK = "Front desk"
DERMATOLOGIST = "Dermatologist"
CONTENT_EDITOR = "Content editor"

VIEW = "appointments.view_patientrequest"
HANDLE = "appointments.handle_patientrequest"
REVIEW = "appointments.review_patientrequest"
EXPORT = "appointments.export_patientrequest"
EXPORT_PERSON = "appointments.export_person"
ERASE_PERSON = "appointments.erase_person"
VIEW_FIGURES = "appointments.view_daycount"
VIEW_APPOINTMENT = "appointments.view_appointment"
VIEW_CLINICAL_NOTE = "appointments.view_clinicalreview"
VIEW_ANSWERS = "appointments.view_screeninganswer"

_CONTENT = {
    "treatments": [
        "view_treatment", "add_treatment", "change_treatment",
        "view_article", "add_article", "change_article",
        "view_source", "add_source", "change_source", "delete_source",
        "view_screeningquestion",
        "view_treatmentversion", "add_treatmentversion",
        "view_articleversion", "add_articleversion",
        "view_alarmwords", "change_alarmwords",
    ],
    "clinic": [
        "view_wording", "change_wording",
        "view_commonquestion", "add_commonquestion", "change_commonquestion",
    ],
}  # fmt: skip
_SEE_REQUESTS = [
    "view_patientrequest", "view_appointment", "view_requestevent", "view_screeninganswer", "view_message",
    "handle_patientrequest", "export_patientrequest",
]  # fmt: skip

PERMISSIONS: dict[str, dict[str, list[str]]] = {
    FRONT_DESK: {
        "appointments": [*_SEE_REQUESTS, "view_retentionperiod"],
        "clinic": [
            "view_clinic", "view_practitioner", "handle_calendarfeed",
            "view_openinghours", "add_openinghours", "change_openinghours", "delete_openinghours",
            "view_closure", "add_closure", "change_closure", "delete_closure",
            "view_specialopening", "add_specialopening", "change_specialopening", "delete_specialopening",
            "view_holidaydecision", "change_holidaydecision",
        ],
        "treatments": ["view_treatment", "view_article"],
    },
    DERMATOLOGIST: {
        "appointments": [
            *_SEE_REQUESTS, "review_patientrequest", "view_clinicalreview",
            "view_retentionperiod", "add_retentionperiod", "change_retentionperiod", "delete_retentionperiod",
        ],
        "clinic": [
            *_CONTENT["clinic"], "view_privacynotice", "add_privacynotice",
            "release_wording", "sign_off_wording", "release_questionversion", "sign_off_questionversion",
            "view_clinic", "change_clinic", "view_practitioner", "add_practitioner", "change_practitioner",
            "view_openinghours", "add_openinghours", "change_openinghours", "delete_openinghours",
            "view_closure", "add_closure", "change_closure", "delete_closure",
            "view_specialopening", "add_specialopening", "change_specialopening", "delete_specialopening",
            "view_holidaydecision", "change_holidaydecision",
        ],
        "treatments": [
            *_CONTENT["treatments"],
            "sign_off_treatmentversion", "sign_off_articleversion", "sign_off_alarmwords",
        ],
    },
    CONTENT_EDITOR: _CONTENT,
}  # fmt: skip


def actors_of(by: AbstractUser | None) -> set[Actor]:
    """The roles in which `by` acts: staff by their permissions, nobody is the patient or the clock."""
    if by is None:
        return {Actor.PATIENT, Actor.SYSTEM}
    actors = set()
    if by.has_perm(HANDLE):
        actors.add(Actor.FRONT_DESK)
    if by.has_perm(REVIEW):
        actors.add(Actor.DERMATOLOGIST)
    return actors


def name_of(user: AbstractUser, *, short: bool = False) -> str:
    """How colleagues call each other on the pages: by the whole name or, `short`, the first; else the user
    name."""
    return (user.get_short_name() if short else user.get_full_name()) or user.get_username()


def install(using: str = "default") -> None:
    """Makes the groups and gives them their permissions, as far as the permissions exist yet."""
    for name, by_app in PERMISSIONS.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        wanted = Q(pk=None)
        for app, codenames in by_app.items():
            wanted |= Q(content_type__app_label=app, codename__in=codenames)
        group.permissions.add(*Permission.objects.using(using).filter(wanted))
