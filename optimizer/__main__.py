"""Run the command line as ``python -m optimizer``."""

from optimizer.cli import main

if __name__ == "__main__":
    main()
