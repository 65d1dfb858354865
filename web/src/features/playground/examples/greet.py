name = input("What is your name? ")
print(f"Hello, {name}!")

for count in range(3, 0, -1):
    print(count)
print("Here we go.")
