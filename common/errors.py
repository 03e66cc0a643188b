"""The one exception whose message is written for a person."""

import click


class UserError(click.ClickException):
    """Something a person can mend: says what happened, to which file or device, and what to do.

    A command that lets it rise prints `Error: <message>` on stderr and ends with exit code 2, without a traceback.
    """

    exit_code = 2
