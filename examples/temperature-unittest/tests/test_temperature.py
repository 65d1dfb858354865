import unittest
from unittest import mock

import solution


class Conversion(unittest.TestCase):
    def test_to_celsius(self):
        self.assertAlmostEqual(solution.to_celsius(212), 100)

    def test_to_fahrenheit(self):
        for celsius, expected in [(0, 32), (-40, -40), (37, 98.6)]:
            with self.subTest(celsius=celsius):
                self.assertAlmostEqual(solution.to_fahrenheit(celsius), expected)

    def test_absolute_zero(self):
        with self.assertRaises(ValueError):
            solution.to_fahrenheit(-300)
        with self.assertRaises(ValueError):
            solution.to_celsius(-500)


class Asking(unittest.TestCase):
    def test_reads_a_number(self):
        with mock.patch("builtins.input", return_value="50"):
            self.assertAlmostEqual(solution.ask(), 10)
