import random

secret = random.randint(1, 100)
print("I think of a number from 1 to 100.")

for attempt in range(1, 8):
    guess = int(input(f"Guess {attempt}: "))
    if guess == secret:
        print("Yes! You found it.")
        break
    print("Too low." if guess < secret else "Too high.")
else:
    print("It was", secret)
