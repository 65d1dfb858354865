line = input()
# Your program goes here.
