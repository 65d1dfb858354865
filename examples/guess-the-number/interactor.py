"""Thinks of the number in its input file; ten guesses, then it is over."""

import sys

WRONG = 1


def main() -> int:
    with open(sys.argv[1]) as file:
        secret = int(file.read())
    for _ in range(10):
        line = sys.stdin.readline()
        if not line:
            print("the program ended without the right guess", file=sys.stderr)
            return WRONG
        try:
            guess = int(line)
        except ValueError:
            print("a guess is a whole number on a line of its own", file=sys.stderr)
            return WRONG
        if guess == secret:
            print("right", flush=True)
            return 0
        print("higher" if guess < secret else "lower", flush=True)
    print("ten guesses were not enough", file=sys.stderr)
    return WRONG


sys.exit(main())
