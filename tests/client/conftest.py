"""The real application of the API tests, for the client to ask."""

from tests.api.conftest import _no_settings_from_outside, app, client, index

__all__ = ["_no_settings_from_outside", "app", "client", "index"]
