"""Every code that skewproof gives to a hazard, to wrong input or to a missing verdict, in one table.

`docs/codes.md` lists it.

A number keeps its meaning from release to release: a new one is added at the end of its hundred, and one
that is no longer given is never given again for something else.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageCode:
    """A number, the word that stands for it in the sources, and what it means."""

    number: int
    word: str
    meaning: str

    def __str__(self) -> str:
        return f"SKW{self.number}"


HAZARDS = (
    MessageCode(101, "incompatible", "a hop meets a pair of versions that the change breaks"),
    MessageCode(102, "unavailable", "a call finds no instance of its provider up"),
    MessageCode(103, "interrupted", "a request is cut off, because the instance that it is on is retired"),
    MessageCode(104, "property", "a property that the file states can be violated, or a `min_available`"),
    MessageCode(105, "setback", "something can be taken back after an irreversible action"),
    MessageCode(106, "stall", "the pipeline can come to where it never goes on"),
)
INPUT = (
    MessageCode(201, "unreadable-file", "the file cannot be read"),
    MessageCode(202, "file-too-large", "the file is larger than any deployment"),
    MessageCode(203, "empty-file", "the file is empty"),
    MessageCode(204, "not-utf-8", "the file is not UTF-8"),
    MessageCode(205, "control-character", "a character that cannot stand in a text"),
    MessageCode(206, "not-yaml", "the file is not valid YAML"),
    MessageCode(207, "several-documents", "the file holds more than one YAML document"),
    MessageCode(208, "not-a-mapping", "the file is no mapping"),
    MessageCode(209, "too-deep", "the file is nested too deeply"),
    MessageCode(210, "too-many-values", "the file has too many values"),
    MessageCode(211, "recursive-alias", "an alias stands within what it stands for"),
    MessageCode(212, "unknown-alias", "no anchor of that name stands above"),
    MessageCode(213, "merge-key", "merge keys are not allowed"),
    MessageCode(214, "tag", "tags are not allowed"),
    MessageCode(215, "key-not-text", "a key is no text"),
    MessageCode(216, "duplicate-key", "a key stands twice"),
    MessageCode(217, "unknown-key", "no key of that name is known here"),
    MessageCode(218, "missing-key", "a key is missing"),
    MessageCode(219, "wrong-type", "a value is not of the type that is expected"),
    MessageCode(220, "bad-name", "a name cannot be used as one"),
    MessageCode(221, "reserved-name", "a name is taken by skewproof"),
    MessageCode(222, "bad-number", "a number is not in its range"),
    MessageCode(223, "bad-text", "a text is not as it must be"),
    MessageCode(224, "too-few-versions", "fewer than two versions"),
    MessageCode(225, "duplicate-version", "a version is named twice"),
    MessageCode(226, "unknown-version", "no version has that name"),
    MessageCode(227, "unknown-kind", "no kind of component has that name"),
    MessageCode(228, "unknown-component", "no component has that name"),
    MessageCode(229, "unknown-strategy", "no strategy has that name"),
    MessageCode(230, "unknown-drain", "no way to drain has that name"),
    MessageCode(231, "unknown-route", "no way to route has that name"),
    MessageCode(232, "both-zero", "neither a surge nor an unavailable instance is allowed"),
    MessageCode(233, "too-many", "more instances are asked for than there are"),
    MessageCode(234, "image-cycle", "components share an image in a circle"),
    MessageCode(235, "does-not-fit", "two parts of the file do not fit together"),
    MessageCode(236, "bad-hop", "a hop cannot be read"),
    MessageCode(237, "unknown-verb", "no verb has that name"),
    MessageCode(238, "bad-root", "a request cannot start there"),
    MessageCode(239, "not-on-stack", "a hop starts at a component that the request is not on"),
    MessageCode(240, "bad-contract", "a contract cannot be read"),
    MessageCode(241, "unknown-contract", "no request meets that contract"),
    MessageCode(242, "unknown-source", "no earlier hop obtains that contract"),
    MessageCode(243, "duplicate-source", "a hop names what it uses twice"),
    MessageCode(244, "bad-step", "a step cannot be read"),
    MessageCode(245, "duplicate-step", "a step is named twice"),
    MessageCode(246, "unknown-step", "no step has that name"),
    MessageCode(247, "bad-action", "an action cannot be read"),
    MessageCode(248, "unknown-instruction", "no instruction has that name"),
    MessageCode(249, "duplicate-target", "an action names a target twice"),
    MessageCode(250, "duplicate-release", "a release is named twice"),
    MessageCode(251, "bad-pair", "a pair of versions cannot be read"),
    MessageCode(252, "equal-versions", "a pair names one version twice"),
    MessageCode(253, "unknown-aspect", "no aspect has that name"),
    MessageCode(254, "unknown-severity", "no severity has that name"),
    MessageCode(255, "unknown-rows", "`rows` knows no such word"),
    MessageCode(256, "unknown-understanding", "`understands` knows no such word"),
    MessageCode(257, "unknown-flag", "no flag has that name"),
    MessageCode(258, "two-flags", "two flags guard one contract"),
    MessageCode(259, "duplicate-guard", "a flag names a contract twice"),
    MessageCode(260, "bad-property", "a property cannot be read"),
    MessageCode(261, "bad-predicate", "a predicate cannot be read"),
    MessageCode(262, "predicate-too-long", "a predicate is too long"),
    MessageCode(263, "predicate-too-deep", "a predicate is nested too deeply"),
    MessageCode(265, "unknown-question", "a predicate asks what cannot be asked"),
    MessageCode(266, "tab", "a tab stands where YAML wants spaces"),
    MessageCode(267, "empty", "what must not be empty is"),
    MessageCode(268, "code-not-loaded", "a component has a machine of its own, whose code is not loaded"),
    MessageCode(269, "rolls-back-too-far", "a rollback would go below what its release began with"),
    MessageCode(270, "unknown-readiness", "`readiness` knows no such word"),
    MessageCode(271, "unknown-level", "`registry` knows no such word"),
    MessageCode(272, "bad-date", "a date cannot be read"),
    MessageCode(273, "unknown-request", "no request has that name"),
    MessageCode(274, "unknown-property", "no property has that name"),
    MessageCode(275, "not-toml", "a file of settings is not valid TOML"),
    MessageCode(276, "bad-setting", "a setting has a value that its option does not take"),
    MessageCode(277, "not-the-leader", "no leader was picked there, or nobody asks for one"),
    MessageCode(278, "template", "a template stands where its output is wanted"),
    MessageCode(279, "bad-manifest", "a manifest is not as its format has it"),
    MessageCode(280, "outside-folder", "a file leads out of the folder that is read"),
    MessageCode(281, "nothing-found", "no file holds anything that could be imported"),
    MessageCode(282, "not-updatable", "a deployment file cannot be edited in place"),
    MessageCode(283, "unknown-pipeline", "no pipeline has that name"),
    MessageCode(284, "moved-twice", "two pipelines that run at once move the same thing"),
    MessageCode(285, "another-file", "a file of another kind stands where a deployment file is wanted"),
)
NO_VERDICT = (
    MessageCode(301, "no-verdict", "a limit was hit, or nothing was given to judge"),
    MessageCode(302, "idle-declaration", "nothing in the pipeline can meet what the release declares"),
)
SLIPS = (
    MessageCode(401, "unaffected-request", "a request meets nothing that any action moves"),
    MessageCode(402, "twin-request", "two requests have the same hops"),
    MessageCode(403, "unused-component", "no request meets a component, and no action moves it"),
    MessageCode(404, "limit-of-all", "`since` or `until` leaves no version out"),
    MessageCode(405, "unreachable-using", "a hop can never hold what it is `using`"),
    MessageCode(406, "unjudged-using", "nothing judges what a hop is `using`"),
    MessageCode(407, "constant-predicate", "a predicate is so whatever happens"),
    MessageCode(408, "severity-of-nothing", "a severity is given where nothing breaks"),
    MessageCode(409, "unconsumed-queue", "no request consumes a queue that changes"),
    MessageCode(410, "flag-never-enabled", "no action enables a flag"),
    MessageCode(411, "flag-of-nothing", "a flag guards nothing that the release changes"),
    MessageCode(412, "vain-property", "a property asks of what the release does not change"),
    MessageCode(413, "nothing-to-move", "an action moves nothing, for the release changes nothing there"),
    MessageCode(414, "already-there", "an action aims where earlier ones have aimed already"),
    MessageCode(415, "unreached-version", "no action brings anything to a version"),
    MessageCode(416, "canary-left", "a canary is neither promoted nor called off"),
    MessageCode(417, "idle-step", "no action of a step does anything"),
    MessageCode(418, "in-vain", "an action waits for nothing, switches nothing, or is held for ever"),
    MessageCode(419, "left-suspended", "a worker is suspended when all is over"),
    MessageCode(420, "left-behind", "nothing moves what stands at a contract that changes"),
    MessageCode(421, "expired-acceptance", "an entry of `accept` is over"),
    MessageCode(422, "needless-acceptance", "no hazard agrees with an entry of `accept`"),
    MessageCode(423, "needless-assumption", "no hop is judged by what is assumed"),
)

_BY_WORD = {code.word: code for code in (*HAZARDS, *INPUT, *NO_VERDICT, *SLIPS)}


def list_codes() -> tuple[MessageCode, ...]:
    """All of them, by their numbers."""
    return tuple(_BY_WORD.values())


def find_code(word: str) -> MessageCode:
    """The code of a word. Raises `KeyError`, a fault of skewproof."""
    return _BY_WORD[word]
