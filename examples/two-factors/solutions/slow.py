n = int(input())
best = None
for a in range(2, n):
    if n % a == 0 and a * a <= n:
        best = a
print(f"{best} {n // best}" if best else "none")
