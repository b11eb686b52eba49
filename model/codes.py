"""Every code that skewproof gives to a hazard or to wrong input, in one table; `docs/codes.md` lists it.

A number keeps its meaning from release to release: a new one is added at the end of its hundred, and one
that is no longer given is never given again for something else.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A number, the word that stands for it in the sources, and what it means."""

    number: int
    word: str
    meaning: str

    def __str__(self) -> str:
        return f"SKW{self.number}"


HAZARDS = (
    Code(101, "incompatible", "a hop meets a pair of versions that the change breaks"),
    Code(102, "unavailable", "a call finds no instance of its provider up"),
    Code(103, "interrupted", "a request is cut off, because the instance that it is on is retired"),
    Code(104, "property", "a property that the file states can be violated, or a `min_available`"),
    Code(105, "setback", "something can be taken back after an irreversible action"),
    Code(106, "stall", "the pipeline can come to where it never goes on"),
)
INPUT = (
    Code(201, "unreadable-file", "the file cannot be read"),
    Code(202, "file-too-large", "the file is larger than any deployment"),
    Code(203, "empty-file", "the file is empty"),
    Code(204, "not-utf-8", "the file is not UTF-8"),
    Code(205, "control-character", "a character that cannot stand in a text"),
    Code(206, "not-yaml", "the file is not valid YAML"),
    Code(207, "several-documents", "the file holds more than one YAML document"),
    Code(208, "not-a-mapping", "the file is no mapping"),
    Code(209, "too-deep", "the file is nested too deeply"),
    Code(210, "too-many-values", "the file has too many values"),
    Code(211, "recursive-alias", "an alias stands within what it stands for"),
    Code(212, "unknown-alias", "no anchor of that name stands above"),
    Code(213, "merge-key", "merge keys are not allowed"),
    Code(214, "tag", "tags are not allowed"),
    Code(215, "key-not-text", "a key is no text"),
    Code(216, "duplicate-key", "a key stands twice"),
    Code(217, "unknown-key", "no key of that name is known here"),
    Code(218, "missing-key", "a key is missing"),
    Code(219, "wrong-type", "a value is not of the type that is expected"),
    Code(220, "bad-name", "a name cannot be used as one"),
    Code(221, "reserved-name", "a name is taken by skewproof"),
    Code(222, "bad-number", "a number is not in its range"),
    Code(223, "bad-text", "a text is not as it must be"),
    Code(224, "too-few-versions", "fewer than two versions"),
    Code(225, "duplicate-version", "a version is named twice"),
    Code(226, "unknown-version", "no version has that name"),
    Code(227, "unknown-kind", "no kind of component has that name"),
    Code(228, "unknown-component", "no component has that name"),
    Code(229, "unknown-strategy", "no strategy has that name"),
    Code(230, "unknown-drain", "no way to drain has that name"),
    Code(231, "unknown-route", "no way to route has that name"),
    Code(232, "both-zero", "neither a surge nor an unavailable instance is allowed"),
    Code(233, "too-many", "more instances are asked for than there are"),
    Code(234, "image-cycle", "components share an image in a circle"),
    Code(235, "does-not-fit", "two parts of the file do not fit together"),
    Code(236, "bad-hop", "a hop cannot be read"),
    Code(237, "unknown-verb", "no verb has that name"),
    Code(238, "bad-root", "a request cannot start there"),
    Code(239, "not-on-stack", "a hop starts at a component that the request is not on"),
    Code(240, "bad-contract", "a contract cannot be read"),
    Code(241, "unknown-contract", "no request meets that contract"),
    Code(242, "unknown-source", "no earlier hop obtains that contract"),
    Code(243, "duplicate-source", "a hop names what it uses twice"),
    Code(244, "bad-step", "a step cannot be read"),
    Code(245, "duplicate-step", "a step is named twice"),
    Code(246, "unknown-step", "no step has that name"),
    Code(247, "bad-action", "an action cannot be read"),
    Code(248, "unknown-instruction", "no instruction has that name"),
    Code(249, "duplicate-target", "an action names a target twice"),
    Code(250, "duplicate-release", "a release is named twice"),
    Code(251, "bad-pair", "a pair of versions cannot be read"),
    Code(252, "equal-versions", "a pair names one version twice"),
    Code(253, "unknown-aspect", "no aspect has that name"),
    Code(254, "unknown-severity", "no severity has that name"),
    Code(255, "unknown-rows", "`rows` knows no such word"),
    Code(256, "unknown-understanding", "`understands` knows no such word"),
    Code(257, "unknown-flag", "no flag has that name"),
    Code(258, "two-flags", "two flags guard one contract"),
    Code(259, "duplicate-guard", "a flag names a contract twice"),
    Code(260, "bad-property", "a property cannot be read"),
    Code(261, "bad-predicate", "a predicate cannot be read"),
    Code(262, "predicate-too-long", "a predicate is too long"),
    Code(263, "predicate-too-deep", "a predicate is nested too deeply"),
    Code(265, "unknown-question", "a predicate asks what cannot be asked"),
    Code(266, "tab", "a tab stands where YAML wants spaces"),
    Code(267, "empty", "what must not be empty is"),
    Code(268, "code-not-loaded", "a component has a machine of its own, whose code is not loaded"),
    Code(269, "rolls-back-too-far", "a rollback would go below what its release began with"),
)

_BY_WORD = {code.word: code for code in (*HAZARDS, *INPUT)}


def code_of(word: str) -> Code:
    """The code of a word. Raises `KeyError`, a fault of skewproof."""
    return _BY_WORD[word]
