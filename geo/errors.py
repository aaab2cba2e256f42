"""The errors of this project: a small tree, each also a built-in, so callers may catch either."""


class CorridorError(Exception):
    """Base of every error the project raises on purpose; its text is one clear line for a person."""


class ContractError(CorridorError, ValueError):
    """A table breaks its contract: the text names column, number of rows and the first ids."""


class UnknownIdError(CorridorError, KeyError):
    """An id (facility, port, chokepoint, mineral, hub, country) that no table holds."""

    def __str__(self) -> str:
        """Return the text as given: KeyError would put it in quotes."""
        return str(self.args[0]) if self.args else ""


class BadInputError(CorridorError, ValueError):
    """A value from a person or a file that cannot be used, and what to do about it."""


class UnsourcedTableError(CorridorError, LookupError):
    """A table in `data/` without publisher, licence, date or a matching checksum."""
