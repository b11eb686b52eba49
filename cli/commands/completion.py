"""`skewproof completion`: what makes a shell complete commands, options and files."""

from __future__ import annotations

import click

from ..output import hand_over

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the script that makes SHELL complete commands, options and files.

    \b
    skewproof completion bash > ~/.local/share/bash-completion/completions/skewproof
    skewproof completion zsh > ~/.zfunc/_skewproof
    skewproof completion fish > ~/.config/fish/completions/skewproof.fish
    """
    from click.shell_completion import get_completion_class

    from ..program import skewproof

    script = get_completion_class(shell)
    assert script is not None
    hand_over(script(skewproof, {}, "skewproof", "_SKEWPROOF_COMPLETE").source().encode())
