"""The one exception whose message is written for a person."""

import click


def printable(words: str) -> str:
    """The words with everything that would steer a terminal, such as an escape in a file's name, spelled out."""
    return "".join(letter if letter.isprintable() or letter == "\n" else ascii(letter)[1:-1] for letter in words)


class UserError(click.ClickException):
    """Something a person can mend: says what happened, to which file or device, and what to do.

    A command that lets it rise prints `Error: <message>` on stderr and ends with exit code 2, without a traceback.
    """

    exit_code = 2

    def format_message(self) -> str:
        """What is printed."""
        return printable(self.message)
