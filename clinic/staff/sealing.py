"""Short secrets kept in the database, readable only with the site's SECRET_KEY.

New values are sealed with SECRET_KEY; what an older key sealed opens while that key stands in
SECRET_KEY_FALLBACKS.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

# Marks a value as sealed, so that one from before sealing was switched on still reads.
_MARK = "sealed:"


class NotReadable(Exception):
    """The value was sealed with a key that is neither SECRET_KEY nor among its fallbacks."""


def _key(secret: str) -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"clinic.sealing").derive(
        secret.encode()
    )
    return Fernet(base64.urlsafe_b64encode(derived))


def _keys() -> MultiFernet:
    return MultiFernet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def seal(text: str) -> str:
    """`text`, encrypted and signed."""
    return _MARK + _keys().encrypt(text.encode()).decode()


def is_sealed(text: str) -> bool:
    """Whether `seal` made it."""
    return text.startswith(_MARK)


def unseal(sealed: str) -> str:
    """What `seal` was given. Raises NotReadable when no key that we have opens it."""
    if not is_sealed(sealed):
        return sealed
    try:
        return _keys().decrypt(sealed.removeprefix(_MARK).encode()).decode()
    except InvalidToken as error:
        raise NotReadable from error
