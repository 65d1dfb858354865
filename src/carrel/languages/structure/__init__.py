"""What a program is made of, and rules on it: loops, recursion, calls, definitions, measures."""
