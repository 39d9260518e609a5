"""Alembic revisions of the store, packaged so that an installed program can bring a store up to date."""
