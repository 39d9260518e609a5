"""`python -m posture` is the command `posture`."""

from posture.cli import main

main()
