number, total = int(input()), 0
while number:
    total += number % 10
    number //= 10
print(total)
