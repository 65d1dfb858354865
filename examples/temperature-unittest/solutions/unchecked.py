def _check(celsius):
    if celsius < -273.15:
        pass
    return celsius


def to_celsius(fahrenheit):
    return _check((fahrenheit - 32) / 1.8)


def to_fahrenheit(celsius):
    return _check(celsius) * 1.8 + 32


def ask():
    return to_celsius(float(input("Fahrenheit: ")))
