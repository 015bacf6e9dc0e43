"""A passkey in software: what a browser's dialog gives the sign-in pages, for browsers that are none."""

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.serializers.json import DjangoJSONEncoder
from django.test import Client
from django.urls import reverse
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

# WebAuthn takes plain http of this host alone.
HOST = "localhost"
PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


def browser(**extra: Any) -> Client:
    """One that asks under a name for which passkeys are made."""
    return Client(SERVER_NAME=HOST, **extra)


class Passkey:
    """The key that one person's device keeps for the site. `verifies`: it asks for finger or PIN."""

    def __init__(self, verifies: bool = True) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._id = secrets.token_bytes(16)
        self._owner = ""
        self._flags = PRESENT | (VERIFIED if verifies else 0)

    def make(self, options: dict[str, Any]) -> str:
        """The answer to the options for a new one."""
        asked = options["creation_options"]["publicKey"]
        self._owner = asked["user"]["id"]
        public = cbor.encode(dict(ES256.from_cryptography_key(self._key.public_key())))  # type: ignore[no-untyped-call]
        attested = bytes(16) + len(self._id).to_bytes(2, "big") + self._id + public
        data = self._about(WITH_KEY) + attested
        whole = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": self._client_data("webauthn.create", asked["challenge"]),
            "attestationObject": websafe_encode(whole),
        }
        return self._answer(response, clientExtensionResults={"credProps": {"rk": True}})

    def sign(self, options: dict[str, Any]) -> str:
        """The answer to the options for somebody who signs in or proves who it is."""
        said = self._client_data("webauthn.get", options["request_options"]["publicKey"]["challenge"])
        data = self._about()
        signed = self._key.sign(data + _digest(_plain(said)), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": said,
                "authenticatorData": websafe_encode(data),
                "signature": websafe_encode(signed),
                "userHandle": self._owner,
            }
        )

    def _about(self, more: int = 0) -> bytes:
        return _digest(HOST.encode()) + bytes([self._flags | more]) + bytes(4)

    def _client_data(self, kind: str, challenge: str) -> str:
        said = {"type": kind, "challenge": challenge, "origin": f"http://{HOST}", "crossOrigin": False}
        return str(websafe_encode(json.dumps(said).encode()))

    def _answer(self, response: dict[str, str], **more: Any) -> str:
        key = websafe_encode(self._id)
        answer = {"id": key, "rawId": key, "type": "public-key", "clientExtensionResults": {}}
        return json.dumps(answer | {"response": response} | more)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _plain(encoded: str) -> bytes:
    return bytes(websafe_decode(encoded))


def add(client: Client, key: Passkey, alone: bool = True) -> Any:
    """Sets the key up for whoever is signed in: to sign in by itself, or after a password."""
    page = client.get(reverse("mfa_add_webauthn"))
    if page.status_code != 200:
        return page
    credential = key.make(as_browsers_see(page.context["js_data"]))
    by_itself = {"passwordless": "on"} if alone else {}
    return client.post(reverse("mfa_add_webauthn"), {"credential": credential, **by_itself})


def options(client: Client) -> dict[str, Any]:
    """What a passkey would have to sign to sign in; empty for who has begun another way."""
    answer = client.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})
    found: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
    return found


def sign_in(client: Client, key: Passkey) -> Any:
    """Signs in with the passkey alone; returns the answer."""
    asked = options(client)
    sent = {"credential": key.sign(asked), "state": asked["state"]} if "state" in asked else {}
    return client.post(reverse("mfa_login_webauthn"), sent)


def prove(client: Client, key: Passkey, name: str = "mfa_reauthenticate_webauthn") -> Any:
    """Shows the passkey on the page of that name; returns the answer."""
    page = client.get(reverse(name))
    if page.status_code != 200:
        return page
    credential = key.sign(as_browsers_see(page.context["js_data"]))
    return client.post(reverse(name), {"credential": credential})


def as_browsers_see(data: Any) -> dict[str, Any]:
    seen: dict[str, Any] = json.loads(json.dumps(data, cls=DjangoJSONEncoder))
    return seen
