"""``python -m tocsin`` and the command ``tocsin``: an interrupt is quiet from the beginning on."""

import sys


def main() -> None:
    """Run the command that the process was started for."""
    try:
        from tocsin.cli.main import main as command  # noqa: PLC0415 - it takes a while

        command()
    except KeyboardInterrupt:
        sys.stderr.write("tocsin: interrupted\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
