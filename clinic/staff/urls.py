"""The staff's sign-in. Only what is used: no signing up, no addresses to confirm, no password by e-mail."""

from allauth.account import views
from django.urls import include, path

from clinic.staff import own_sessions, passkeys

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("resume/", own_sessions.resume, name="account_resume"),
    path("sign-out-everywhere/", own_sessions.sign_out_everywhere, name="account_sign_out_everywhere"),
    path("sessions/", own_sessions.session_list, name="usersessions_list"),
    path("2fa/webauthn/login/", passkeys.SignIn.as_view(), name="mfa_login_webauthn"),
    path("2fa/", include("allauth.mfa.urls")),
]
