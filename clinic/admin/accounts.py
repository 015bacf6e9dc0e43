"""Staff's accounts. What somebody else chose as a password is for the first sign-in."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from clinic.staff import changed, passwords

admin.site.unregister(User)


@admin.register(User)
class StaffUserAdmin(UserAdmin[User]):
    """Django's, which notes whose the password is, and tells the address before of another one."""

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        before = User.objects.filter(pk=obj.pk).values_list("email", flat=True).first()
        super().save_model(request, obj, form, change)
        if before and before != obj.email:
            changed.tell(obj, changed.Change.ADDRESS, before)
        if not change and obj.has_usable_password():
            passwords.give(request, obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Django's page. A superuser's own password stays one's own."""
        answer = super().user_change_password(request, id, form_url)
        user = self.get_object(request, id)
        if request.method == "POST" and answer.status_code == 302 and user:
            if user == request.user:
                passwords.is_ones_own(request)
            else:
                passwords.give(request, user)
        return answer
