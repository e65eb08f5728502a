"""`python -m tailor_lab` is `tailor-lab`."""

from tailor_lab.cli import main

if __name__ == "__main__":
    main()
