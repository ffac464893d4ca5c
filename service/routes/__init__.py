"""One file per resource; `app.create_app` puts them together."""
