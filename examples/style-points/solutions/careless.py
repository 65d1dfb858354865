import os, sys

def Longest(l):
    "Return the longest word."
    return max(l, key = len)
print(Longest(input().split()))
