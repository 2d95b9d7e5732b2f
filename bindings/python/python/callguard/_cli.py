"""The ``callguard`` command."""

from __future__ import annotations

import signal
import sys

from callguard._native import run_cli


def main() -> None:
    """Runs the command line of this process."""
    # An interrupt ends the command, or reaches the server that it guards; Python has no part in it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(run_cli([sys.executable, "-m", "callguard._cli"], sys.argv))


if __name__ == "__main__":
    main()
