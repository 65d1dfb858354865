import math

n = int(input())
for a in range(math.isqrt(n), 1, -1):
    if n % a == 0:
        print(a, n // a)
        break
else:
    print("none")
