"""What runs somewhere, told to be of a component and of a version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from msgspec import Struct

from ..deployment import Deployment
from ..names import Target

MAX_PATTERN = 500


class VersionPattern(Struct, frozen=True):
    """What is of a version, of one component or (None) of each: `V2=1.5.*`, `cart:V2=1.5.*`."""

    component: str | None
    version: str
    pattern: str


class WorkloadPattern(Struct, frozen=True):
    """What is of a component: `cart=shop-cart-*`."""

    component: str
    pattern: str


class MigrationPattern(Struct, frozen=True):
    """A job that, when it has succeeded, has brought a schema to the version of its image."""

    target: Target
    pattern: str


class ObservedUnit(Struct, frozen=True):
    """Something that runs: `words` is what it is called in messages, `names` what it can be known by as a
    component, `signs` what can tell its version."""

    words: str
    names: tuple[str, ...]
    images: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()


class Calling(Struct, frozen=True):
    """How things out there are called; `counts` is false where only the versions that are up are compared."""

    versions: tuple[VersionPattern, ...] = ()
    workloads: tuple[WorkloadPattern, ...] = ()
    migrations: tuple[MigrationPattern, ...] = ()
    counts: bool = True

    def find_component(self, deployment: Deployment, unit: ObservedUnit) -> str | None:
        """The component that the unit is of: by a pattern, or by a name of its own."""
        for one in self.workloads:
            if any(fnmatchcase(name, one.pattern) for name in unit.names):
                return one.component
        for name in unit.names:
            if name in deployment.components:
                return name
        return None

    def find_versions(self, deployment: Deployment, component: str, unit: ObservedUnit) -> tuple[str, ...]:
        """The versions that the unit can be of: by the patterns, else by their own names. One is as it should
        be; several, or none, is nothing known."""
        signs = (*unit.signs, *(sign for image in unit.images for sign in list_signs(image)))
        for own in (component, None):
            found = {
                one.version
                for one in self.versions
                if one.component == own and any(fnmatchcase(sign, one.pattern) for sign in signs)
            }
            if found:
                return tuple(version for version in deployment.versions if version in found)
        plain = {sign.casefold() for sign in signs}
        return tuple(version for version in deployment.versions if version.casefold() in plain)


def list_signs(image: str) -> Iterator[str]:
    """What an image says of its version: the whole of it, its tag, its digest."""
    _, tag, digest = split_image(image)
    yield image
    yield from (sign for sign in (tag, digest) if sign)


def split_image(image: str) -> tuple[str, str, str]:
    """Repository, tag and digest of an image; a tag or digest that is missing is empty.

    >>> split_image("registry:5000/shop/cart:1.5@sha256:ab")
    ('registry:5000/shop/cart', '1.5', 'sha256:ab')
    """
    rest, _, digest = image.partition("@")
    name, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:
        return rest, "", digest
    return name, tag, digest


def tell_why_no_version(unit: ObservedUnit, component: str, found: Iterable[str]) -> str:
    """Why a unit of a component is of no version that is known."""
    several = ", ".join(found)
    signs = ", ".join([*dict.fromkeys((*unit.images, *unit.signs))][:3])
    if several:
        return f"it can be of {several} of {component}: make the patterns of --version-of narrower"
    is_it = f"nothing says which version of {component} it is ({signs or 'no image'})"
    return f"{is_it}: give --version-of VERSION=PATTERN"
