"""A sentence for people that can still be said in another language.

A `Message` is an ordinary `str`, in English, so that whoever only shows or logs it
need not know more. It remembers which message of the catalogues it is and what it was
filled with; `in_language` says the same in another one. The catalogues are
`catalogues/LANGUAGE.ftl` in the format of Project Fluent, whose library is loaded with
the first message: it takes longer to import than the rest of carrel.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from fluent.runtime import FluentBundle

ENGLISH = "en"
LANGUAGES = (ENGLISH, "de")
"""The languages there is a catalogue for; the first is the one to fall back on."""

Value = str | int | float

_LONGEST_VALUE = 2000  # the library refuses 2,500 characters, and values come from programs


class Message(str):
    """A sentence from the catalogues: English as it stands, other languages on demand.

    `id` is the message's name in the catalogues, `values` what fills its places. Raises
    LookupError for an id that the English catalogue does not have: a mistake of ours.
    """

    __slots__ = ("id", "values")

    id: str
    values: Mapping[str, Value]

    def __new__(cls, message_id: str, /, **values: Value) -> Self:
        """Return the message `message_id`, filled with `values`."""
        message = super().__new__(cls, _render(ENGLISH, message_id, values))
        message.id = message_id
        message.values = MappingProxyType(values)
        return message

    def in_language(self, language: str) -> str:
        """Return the message in `language` (`de`, `de-AT`); English where there is no other.

        Messages among the values are translated too.
        """
        code = language.split("-", maxsplit=1)[0].lower()
        if code not in LANGUAGES:
            return str(self)
        values = {name: translated(value, code) for name, value in self.values.items()}
        return _render(code, self.id, values)

    def __reduce__(self) -> tuple[object, ...]:
        """Return what pickle and copy need to make the same message again."""
        return _remake, (self.id, dict(self.values))


def translated(text: Value, language: str) -> Value:
    """Return `text` in `language` if it is a Message, and as it is otherwise."""
    return text.in_language(language) if isinstance(text, Message) else text


def _remake(message_id: str, values: dict[str, Value]) -> Message:
    return Message(message_id, **values)


def _render(language: str, message_id: str, values: Mapping[str, Value]) -> str:
    bundle = _bundle(language)
    if not bundle.has_message(message_id):
        if language == ENGLISH:
            raise LookupError(f"no message {message_id!r} in the catalogue {ENGLISH}.ftl")
        return _render(ENGLISH, message_id, values)
    pattern = bundle.get_message(message_id).value
    if pattern is None:
        raise LookupError(f"the message {message_id!r} has no text in {language}.ftl")
    text, errors = bundle.format_pattern(pattern, {k: _bounded(v) for k, v in values.items()})
    if errors:
        raise LookupError(f"the message {message_id!r} in {language}.ftl: {errors[0]}")
    return str(text)


def _bounded(value: Value) -> Value:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + "…"
    return value


@cache
def _bundle(language: str) -> FluentBundle:
    from fluent.runtime import FluentBundle, FluentResource  # noqa: PLC0415 - slow

    # Isolation marks around values are for right-to-left texts, and break comparisons.
    bundle = FluentBundle([language], use_isolating=False)
    text = resources.files(__package__).joinpath(f"catalogues/{language}.ftl").read_text("utf-8")
    bundle.add_resource(FluentResource(text))
    return bundle
