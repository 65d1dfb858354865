squares = {number: number**2 for number in range(1, 11)}

for number, square in squares.items():
    print(f"{number:>2} squared is {square:>3}")

print("The sum is", sum(squares.values()))
