n = int(input())
number, following = 0, 1
for _ in range(n):
    number, following = following, number + following
print(number)
