"""Frozen dataclasses that are made in a fifth of the time.

Python 3.11 compiles six functions for each frozen dataclass when its module is imported: with 26 of them a
tenth of a plain `check`. Here one is compiled, and the others are made of what C code does already. To type
checkers, `dataclasses.replace` and `dataclasses.fields`, to pickle, and to who reads the classes it is the
decorator of the standard library (`docs/adr/0009-values-are-structs.md`).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses
    from dataclasses import MISSING, FrozenInstanceError, fields
    from operator import attrgetter

    def dataclass(*, frozen, slots=False):
        """As `dataclasses.dataclass(frozen=True)`, for classes without parents."""
        assert frozen, "what is not frozen is for the standard library"

        def make(cls):
            made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
            methods = {
                "__init__": _compile_init(made),
                "__repr__": _show,
                "__setattr__": _refuse_to_set,
                "__delattr__": _refuse_to_delete,
                **_list_comparing(made),
                **({"__getstate__": _list_values, "__setstate__": _set_values} if slots else {}),
            }
            for name, method in methods.items():
                if name not in cls.__dict__:
                    setattr(made, name, method)
            made.__dataclass_params__.frozen = True  # so that frozen ones can inherit from it
            return made

        return make

    class _FromFactory:
        def __repr__(self):
            return "<factory>"  # as it stands in the standard library's signatures

    _FROM_FACTORY = _FromFactory()

    def _compile_init(cls):
        """Sets each field by its name, as a frozen object has it."""
        heads, lines, known = [], [], {"_set": object.__setattr__, "_from_factory": _FROM_FACTORY}
        for field in fields(cls):
            name, value = field.name, field.name
            if field.default_factory is not MISSING:
                known[f"_made_{name}"] = field.default_factory
                heads.append(f"{name}=_from_factory")
                value = f"_made_{name}() if {name} is _from_factory else {name}"
            elif field.default is not MISSING:
                known[f"_default_{name}"] = field.default
                heads.append(f"{name}=_default_{name}")
            else:
                heads.append(name)
            lines.append(f"  _set(self, {name!r}, {value})")
        if hasattr(cls, "__post_init__"):
            lines.append("  self.__post_init__()")
        text = f" def __init__(self, {', '.join(heads)}):\n" + "\n".join(lines)
        made = {}
        exec(  # noqa: S102 - of the names of fields alone, as the standard library does it
            f"def make({', '.join(known)}):\n{text}\n return __init__",
            vars(sys.modules[cls.__module__]),
            made,
        )
        init = made["make"](**known)
        init.__qualname__ = f"{cls.__qualname__}.__init__"
        init.__annotations__ = {field.name: field.type for field in fields(cls)} | {"return": None}
        return init

    def _list_comparing(cls):
        """Equality and hash by all fields but those with `compare=False`."""
        compared = attrgetter(*(field.name for field in fields(cls) if field.compare))

        def is_equal(self, other):
            return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

        def find_hash(self):
            return hash(compared(self))

        return {"__eq__": is_equal, "__hash__": find_hash}

    def _show(self):
        told = (f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if field.repr)
        return f"{type(self).__qualname__}({', '.join(told)})"

    def _refuse_to_set(_self, name, _value):
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_to_delete(_self, name):
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def _list_values(self):
        return [getattr(self, field.name) for field in fields(self)]

    def _set_values(self, values):
        for field, value in zip(fields(self), values, strict=True):
            object.__setattr__(self, field.name, value)
