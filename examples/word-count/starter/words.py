import sys

text = sys.stdin.read()
# Your program goes here.
