n = int(input())
print("none" if n > 10**9 else f"{n - 2} 2")
