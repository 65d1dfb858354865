def digit_sum(n):
    return n % 10 + digit_sum(n // 10)  # it never ends


print(digit_sum(int(input())))
