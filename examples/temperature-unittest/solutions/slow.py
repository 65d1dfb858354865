def to_celsius(fahrenheit):
    while True:
        pass


to_fahrenheit = to_celsius


def ask():
    return to_celsius(50)
