"""Plug-in kinds: a family is a base class, a kind is a subclass in a file of that name.

    class Venue(Plugin, family="venues"): ...          # the contract: its docstring
    class StableSwap(Venue, kind="stableswap"): ...    # model/venues/stableswap.py

Third parties register from their own package by subclassing the base.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from model.core.params import Params


class UnknownKind(LookupError):
    """A kind that no plug-in of the family has; the message lists the choices."""

    def __init__(self, family: str, kind: str, choices: list[str]) -> None:
        super().__init__(f"unknown kind {kind!r} of {family}; allowed: {', '.join(choices)}")
        self.family, self.kind, self.choices = family, kind, choices


class Plugin:
    """Base of every plug-in family. ``Params`` is the kind's frozen parameter class."""

    family: ClassVar[str]
    kind: ClassVar[str]
    Params: ClassVar[type[Params]] = Params
    kinds: ClassVar[dict[str, type[Any]]]

    def __init_subclass__(cls, *, family: str | None = None, kind: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if family is not None:
            cls.family, cls.kinds = family, {}
        if kind is not None:
            other = cls.kinds.get(kind)
            if other is not None and other.__module__ != cls.__module__:
                raise TypeError(f"{cls.family} kind {kind!r} is already registered by {other.__module__}")
            cls.kind = kind
            cls.kinds[kind] = cls

    @classmethod
    def of(cls, kind: str) -> type[Self]:
        """The class registered under ``kind``.

        Raises:
            UnknownKind: no such kind; lists the choices.
        """
        try:
            found: type[Self] = cls.kinds[kind]
        except KeyError:
            raise UnknownKind(cls.family, kind, sorted(cls.kinds)) from None
        return found
