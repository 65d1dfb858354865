n = int(input())
# Your program goes here.
