"""Who saw and who changed what, when, from where. A record that only grows.

Every page of the admin that can show a patient writes its own entry (see `RecordStaff`), so a new page can't
forget to. An entry names rows by their keys and says how many there were; it never holds a value, and what
was searched for only as a keyed digest, by which equal searches can be told.
"""

from django.apps import apps
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.core.validators import validate_ipv46_address
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch
from django.utils.crypto import salted_hmac

from clinic.audit.entry import AuditAction as AuditAction
from clinic.audit.entry import AuditEntry
from clinic.http.types import GetResponse
from clinic.operations.limits import client_address

_watched: dict[str, str] = {}


def watch(app_label: str, model: str) -> None:
    """Has the audit watch every page of the admin about this app; a page of no model is about `model`, a name
    in the app, by the key in its address."""
    _watched[app_label] = model


def shows_nobody(page: str) -> None:
    """Has the audit leave the page of this name out: no patient is on it, and scripts ask for it all the
    time."""
    _UNSEEN_PAGES.add(page)


def record(
    request: HttpRequest | None,
    action: str,
    obj: models.Model | None = None,
    count: int | None = None,
    *,
    user: User | None = None,
    how: str = "",
) -> AuditEntry:
    """Writes one entry for whoever is signed in, or for `user`. `obj` is the row that it is about, `how` with
    what somebody signed in.

    A page that calls this for itself gets no second entry from the middleware.
    """
    match = request.resolver_match if request else None
    if request is not None:
        vars(request)["_audited"] = True
    return AuditEntry.objects.create(
        user=user or _user_of(request),
        address=_address_of(request),
        action=action,
        model=obj._meta.concrete_model._meta.label_lower if obj and obj._meta.concrete_model else "",
        object_id=str(obj.pk) if obj else "",
        count=count,
        page=match.view_name[:120] if match else "",
        how=how,
    )


class RecordStaff:
    """Writes an entry for each page of the admin that may have shown or changed a patient's data.

    An entry that can't be written is an error page: nobody looks unseen.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if match is None or match.app_names[:1] != ["admin"] or getattr(request, "_audited", False):
            return response
        model = _model_of(match)
        if _concerns_patients(match, model) and _user_of(request) and response.status_code not in (401, 404):
            self._write(request, response, match, model)
        return response

    def _write(
        self,
        request: HttpRequest,
        response: HttpResponse,
        match: ResolverMatch,
        model: type[models.Model] | None,
    ) -> None:
        changelist = (getattr(response, "context_data", None) or {}).get("cl")
        key = next((str(match.kwargs[name]) for name in _KEYS if name in match.kwargs), "")
        searched = str(request.GET.get("q", "") or request.GET.get("term", "")).strip()
        if model is None and key:
            model = next((apps.get_model(*watched) for watched in _watched.items()), None)
        AuditEntry.objects.create(
            user=_user_of(request),
            address=_address_of(request),
            action=_action(request, response, key, searched),
            model=model._meta.concrete_model._meta.label_lower
            if model and model._meta.concrete_model
            else "",
            object_id=key[:40],
            count=getattr(changelist, "result_count", None),
            page=match.view_name[:120],
            digest=_digest(searched),
        )


# The names under which addresses of the admin carry the key of a row.
_KEYS = ("object_id", "pk", "request_id", "patient_request_id")
_UNSEEN_PAGES = {"login", "logout", "jsi18n", "password_change", "password_change_done"}


def _action(request: HttpRequest, response: HttpResponse, key: str, searched: str) -> str:
    if response.status_code >= 400:
        return AuditAction.REFUSED
    if "attachment" in response.get("Content-Disposition", ""):
        return AuditAction.EXPORTED
    if request.method not in ("GET", "HEAD"):
        return AuditAction.CHANGED
    if key:
        return AuditAction.SAW
    return AuditAction.SEARCHED if searched else AuditAction.LISTED


def _model_of(match: ResolverMatch) -> type[models.Model] | None:
    """The model that an address of the admin is about, by its name `app_model_page`."""
    name = match.url_name or ""
    for model in apps.get_models():
        options = model._meta
        if name.startswith(f"{options.app_label}_{options.model_name}_"):
            return model
    return None


def _concerns_patients(match: ResolverMatch, model: type[models.Model] | None) -> bool:
    if model is not None:
        return model._meta.app_label in _watched
    if match.url_name == "app_list":
        return match.kwargs.get("app_label") in _watched
    return match.url_name not in _UNSEEN_PAGES


def _user_of(request: HttpRequest | None) -> User | None:
    user = getattr(request, "user", None)
    return user if user and not isinstance(user, AnonymousUser) and user.is_authenticated else None


def _address_of(request: HttpRequest | None) -> str | None:
    address = client_address(request) if request else ""
    try:
        validate_ipv46_address(address)
    except ValidationError:
        return None
    return address


def _digest(searched: str) -> str:
    return (
        salted_hmac("clinic.audit", searched.casefold(), algorithm="sha256").hexdigest()[:16]
        if searched
        else ""
    )
