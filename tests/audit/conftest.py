from tests.console.fixtures import browser, db, people, signed_in, site

__all__ = ["browser", "db", "people", "signed_in", "site"]
