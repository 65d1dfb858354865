import math

n = int(input())
for a in range(2, math.isqrt(n) + 1):
    if n % a == 0:
        print(n // a, a)
        break
else:
    print("none")
