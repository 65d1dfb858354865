# Expects each number on a line of its own.
first = int(input())
second = int(input())
print(first + second)
