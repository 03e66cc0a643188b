"""Who may see the page and press its buttons: whoever has this start's address, from a page of ours.

The page shows a room and a person, so three things must be right at once. The token, made at each start, keeps other
users and programs of this machine out. `Host` keeps out a foreign name that was pointed at 127.0.0.1 (DNS rebinding).
`Origin` keeps out foreign pages, whose scripts may open a WebSocket to any address.
"""

import hmac
import secrets
from dataclasses import dataclass


def new_token() -> str:
    """A token nobody can guess: 192 random bits."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class Guard:
    """What is asked of each request to the page on `port`."""

    port: int
    token: str

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://127.0.0.1:{self.port}/?token={self.token}"

    def stranger(self, host: str | None, origin: str | None) -> str | None:
        """Why a request comes from elsewhere, in words; None if it does not. A missing Origin is no page's."""
        ours = {f"{name}:{self.port}" for name in ("127.0.0.1", "localhost")}
        if host not in ours:
            return "This page answers to 127.0.0.1 and localhost alone."
        if origin is not None and origin not in {f"http://{name}" for name in ours}:
            return "Another site asked for this page."
        return None

    def knows(self, token: str | None) -> bool:
        """Whether the token is this start's."""
        return hmac.compare_digest((token or "").encode(), self.token.encode())
