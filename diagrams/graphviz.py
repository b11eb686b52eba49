"""The door to Graphviz: labels that cannot do harm, names that cannot leave a directory, pictures.

The library is imported only when something is drawn.
"""

from __future__ import annotations

import hashlib
import html
import re
import sysconfig
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..model.escapes import make_printable
from ..model.resources.children import find_program, guarded_children
from ..model.resources.files import write_in_own_folder
from .errors import DiagramError
from .fitting import hold_to_width
from .glyphs import make_drawable

if TYPE_CHECKING:
    from typing import TypeAlias

    from graphviz import Digraph

    Drawing: TypeAlias = Digraph
    """What is drawn, for those who may not know Graphviz."""

FORMATS = ("svg", "png", "pdf", "dot")
FONT = "Helvetica"
"""The one family whose widths both programs know."""
_SVG_FONT = 'font-family="Helvetica,sans-Serif"'
_SVG_FONTS = 'font-family="Helvetica,Arial,Liberation Sans,Arimo,Nimbus Sans,DejaVu Sans,sans-serif"'
"""As wide as Helvetica all but the last two, and text is held to that width; for a character that none of
them has a browser looks through all fonts that it has."""
_LEADING = 13
"""From line to line, in points: for letters of 11 and less."""
_PURE = "graphviz-pure"
_STEM_CHARS = 64
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]+")


def build_digraph(title: str, **attributes: str) -> Digraph:
    """An empty drawing with the house's fonts; `title` is an HTML-like label, escaped by the caller."""
    import graphviz

    graph = graphviz.Digraph()
    common = {"fontname": FONT, "fontsize": "11"}
    graph.attr("graph", label=f"<{title}>", labelloc="t", labeljust="l", **common, **attributes)
    graph.attr("node", **common)
    graph.attr("edge", **common)
    return graph


def build_plain_digraph(width: float, height: float) -> Digraph:
    """An empty drawing of that size in points, in which everything stands where its `pos` says, from the
    lower left corner."""
    import graphviz

    graph = graphviz.Digraph()
    graph.attr("graph", layout="nop2", pad="0", margin="0", outputorder="breadthfirst", splines="true")
    graph.attr("node", fixedsize="true", margin="0,0", fontname=FONT, shape="box")
    size = {"width": f"{width / 72:.4f}", "height": f"{height / 72:.4f}"}
    ground = {"pos": f"{width / 2:.2f},{height / 2:.2f}", "style": "filled", "penwidth": "0", **size}
    graph.node("ground", label="", color="white", fillcolor="white", **ground)
    return graph


def escape_plain(text: str) -> str:
    """`text` as a line of a label that is no HTML, where it shows as it is and does nothing."""
    shown = _RIGHT_TO_LEFT.sub("\\g<0>\u200e", make_printable(text))
    return shown.replace("\\", "\\\\").replace("&", "&amp;").replace('"', "&quot;")


def build_title_block(lines: Iterable[str]) -> str:
    """HTML-like lines below each other, from the left; the caller has escaped them."""
    rows = "".join(f'<TR><TD ALIGN="LEFT">{line}</TD></TR>' for line in lines)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{rows}</TABLE>'


def stack_lines(lines: Sequence[str], align: str = "CENTER") -> str:
    """HTML-like lines below each other in a cell; the caller has escaped them. Behind each stands a blank in
    a larger size: between lines of one text that is partly bold Graphviz leaves less room than letters take.
    """
    if len(lines) < 2:
        return "".join(lines)
    room = f'<FONT POINT-SIZE="{_LEADING}"> </FONT>'
    return "".join(f'{line}{room}<BR ALIGN="{align}"/>' for line in lines)


def build_legend(chips: Iterable[tuple[str, str]]) -> str:
    """An HTML-like line of words, escaped by the caller, each in a cell that looks as what it tells of, by
    the attributes given first. Graphviz widens the cells where a title is longer."""
    cells = "".join(f"<TD {look}>{words}</TD>" for look, words in chips)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="6" CELLPADDING="3"><TR>{cells}</TR></TABLE>'


def build_paper(lines: Iterable[str], ground: str = "") -> str:
    """HTML-like lines, escaped by the caller, as the label of an arrow; a ground of some colour covers the
    arrow where the two would cross. Empty for no lines."""
    rows = "".join(f"<TR><TD>&#160;{line}&#160;</TD></TR>" for line in lines)
    look = 'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1"'
    look += f' BGCOLOR="{ground}"' if ground else ""
    return f"<TABLE {look}>{rows}</TABLE>" if rows else ""


def escape(text: str) -> str:
    """`text` for the inside of an HTML-like label, where it shows as it is and does nothing.

    Graphviz replaces `\\N` and its like there too, so backslashes are doubled. Behind letters that run from
    the right a mark keeps what follows, such as a colon and a number, from running with them.
    """
    return html.escape(_RIGHT_TO_LEFT.sub("\\g<0>\u200e", make_printable(text).replace("\\", "\\\\")))


def file_stem(name: str) -> str:
    """A file name without its ending for any `name`: safe, deterministic, different for every name.

    Lower-case letters, digits, `-` and `_`, at most 74 characters. A name that has to be changed
    for that gets eight digits of its hash behind two hyphens, which no unchanged name contains.

    >>> file_stem("deploy"), file_stem("../Add to cart")
    ('deploy', 'add-to-cart--ac3c3941')
    """
    stem = _plain_stem(name)
    if stem == name and not _is_reserved(stem):
        return stem
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{stem or 'drawing'}--{digest}"


def _plain_stem(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")[:_STEM_CHARS].rstrip("-_")


class Stems:
    """File names without their endings, for one picture after the other: as `file_stem`, but without a
    hash; of names that look the same the later ones are numbered."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, name: str) -> str:
        """The next one."""
        plain = _plain_stem(name)
        stem, number = "drawing" if _is_reserved(plain) else plain, 1
        while stem in self._taken:
            number += 1
            stem = f"{plain or 'drawing'}-{number}"
        self._taken.add(stem)
        return stem


def _is_reserved(stem: str) -> bool:
    """Whether Windows takes the name for a device."""
    return re.fullmatch(r"con|prn|aux|nul|com\d|lpt\d|", stem) is not None


def render(graph: Digraph, directory: Path, name: str, style: str) -> Path:
    """The file that now holds the picture of `graph`: `directory/file_stem(name).style`.

    It appears whole or not at all: the picture is written beside it and renamed.

    Raises: `DiagramError` if the style is none of `FORMATS`, if neither a system `dot` nor
    `graphviz-pure` can draw it, or if the file cannot be written.
    """
    if style not in FORMATS:
        raise DiagramError(f"cannot draw as {style!r}; formats are {', '.join(FORMATS)}")
    drawn = str(graph.source).encode() if style == "dot" else draw_picture(graph, style)
    return write_picture(drawn, directory / f"{file_stem(name)}.{style}")


def write_picture(drawn: bytes, path: Path) -> Path:
    """Writes it, whole or not at all, and gives the path back. Raises `DiagramError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_in_own_folder(path, drawn)
    except OSError as error:
        raise DiagramError(f"cannot write {make_printable(str(path))}: {error.strerror or error}") from error
    return path


def require(style: str) -> None:
    """Raises `DiagramError` if no program is there that can draw so, before anything is drawn."""
    if style != "dot" and not any(_programs(style)):
        raise _cannot_draw(style, [])


def _cannot_draw(style: str, failures: Iterable[str]) -> DiagramError:
    nothing = "no `dot` on PATH" + (" and no `graphviz-pure` beside this Python" if style != "pdf" else "")
    cause = "; ".join(failures) or nothing
    if style == "pdf":
        help_ = "Install Graphviz, or draw as SVG."
        return DiagramError(f"PDF is drawn by Graphviz's own `dot` alone: {cause}. {help_}")
    return DiagramError(f"Graphviz cannot draw: {cause}. Install Graphviz, or `pip install graphviz-pure`.")


def draw_picture(graph: Digraph, style: str) -> bytes:
    """What the first program that works makes of `graph`; raises `DiagramError` if none does.

    `graphviz-pure` draws pixels with its own font: what that lacks is left to the system's `dot`, which looks
    for a font that has it, or else written as an escape.
    """
    import graphviz
    from graphviz.backend import dot_command

    failures = []
    drawable = make_drawable(graph.source) if style == "png" else graph.source
    for binary in sorted(_programs(style), key=lambda one: drawable != graph.source and one.stem == _PURE):
        dot_command.DOT_BINARY = binary
        source = drawable if binary.stem == _PURE else graph.source
        try:
            with guarded_children():
                drawn = bytes(graphviz.Source(source).pipe(format=style, quiet=True))
        except (graphviz.ExecutableNotFound, graphviz.CalledProcessError, OSError) as error:
            failures.append(f"{binary}: {_first_line(error)}")
        else:
            return _finish(drawn) if style == "svg" else drawn
    raise _cannot_draw(style, failures)


def _finish(drawn: bytes) -> bytes:
    svg = drawn.decode().replace(_SVG_FONT, _SVG_FONTS)
    return hold_to_width(svg).encode()


def _programs(style: str) -> Iterator[Path]:
    """The programs that can draw, best first: the one that measures and draws alike on every machine.
    `graphviz-pure` knows no PDF."""
    pure = [(_PURE, sysconfig.get_path("scripts"))] if style != "pdf" else []
    for name, folder in (*pure, ("dot", None)):
        found = find_program(name, folder)
        if found is not None:
            yield found


def _first_line(error: Exception) -> str:
    stderr = getattr(error, "stderr", None) or b""
    said = stderr.decode(errors="replace") if isinstance(stderr, bytes) else str(stderr)
    return make_printable((said.strip() or str(error)).splitlines()[0])
