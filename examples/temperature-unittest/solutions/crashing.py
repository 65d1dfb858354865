def to_celsius(fahrenheit):
    return (fahrenheit - 32) / 0


to_fahrenheit = to_celsius


def ask():
    return None
