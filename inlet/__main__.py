"""``python -m inlet``: the command, where its script is not on the path."""

from inlet.cli import main

main()
