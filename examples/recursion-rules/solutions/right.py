def digit_sum(n):
    return n if n < 10 else n % 10 + digit_sum(n // 10)


print(digit_sum(int(input())))
