print("My guess:", flush=True)
print(500, flush=True)
