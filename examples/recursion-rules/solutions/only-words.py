# def digit_sum(n): return n % 10 + digit_sum(n // 10)
PROOF = "def digit_sum(n): return n % 10 + digit_sum(n // 10)"
number, total = int(input()), 0
for digit in str(number):
    total += int(digit)
print(total)
