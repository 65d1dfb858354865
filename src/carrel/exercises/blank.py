"""A new exercise to start from: it is complete, and passes its own check."""

from __future__ import annotations

import json

from carrel.languages.registry import SPECS, Language

_TOML = """\
id = {id}
title = {title}
languages = [{language}]
hints = ["Read both numbers first.", "What is read is text: turn it into numbers."]

[limits]
time = {time}
memory = "256M"

[metadata]
tags = []
difficulty = "easy"

[starter]
{name} = {starter}

# What students see of a test that they fail: input, expected output, and what they printed.
[[tests]]
name = "two numbers"
input = "4 7\\n"
expected = "11\\n"

# Of a hidden test they see its points, and this text.
[[tests]]
name = "negative numbers"
input = "-3 5\\n"
expected = "2\\n"
points = 2
hidden = true
feedback = {{ failed = "Does it work for negative numbers too?" }}

# A right program, and one for each mistake that students make.
[[solutions]]
file = {right}

[[solutions]]
file = {wrong}
verdict = "wrong-answer"
points = 0
"""

_STATEMENT = """\
# {title}

Read two whole numbers from one line and print their sum.

For the input `4 7` print `11`.
"""

_PROGRAMS: dict[Language, tuple[str, str, str]] = {
    Language.PYTHON: (
        "# Read two numbers and print their sum.\n",
        "first, second = map(int, input().split())\nprint(first + second)\n",
        "first, second = map(int, input().split())\nprint(first - second)\n",
    ),
    Language.JAVASCRIPT: (
        "// Read two numbers and print their sum.\n",
        (
            'const words = require("fs").readFileSync(0, "utf8").trim().split(" ");\n'
            "console.log(Number(words[0]) + Number(words[1]));\n"
        ),
        (
            'const words = require("fs").readFileSync(0, "utf8").trim().split(" ");\n'
            "console.log(words[0] - words[1]);\n"
        ),
    ),
    Language.JAVA: (
        "public class Sum {\n    public static void main(String[] args) {\n    }\n}\n",
        (
            "import java.util.Scanner;\n\npublic class Sum {\n"
            "    public static void main(String[] args) {\n"
            "        Scanner in = new Scanner(System.in);\n"
            "        System.out.println(in.nextInt() + in.nextInt());\n    }\n}\n"
        ),
        (
            "import java.util.Scanner;\n\npublic class Sum {\n"
            "    public static void main(String[] args) {\n"
            "        Scanner in = new Scanner(System.in);\n"
            "        System.out.println(in.nextInt() - in.nextInt());\n    }\n}\n"
        ),
    ),
    Language.CPP: (
        "#include <iostream>\n\nint main() {\n}\n",
        (
            "#include <iostream>\n\nint main() {\n    int first, second;\n"
            '    std::cin >> first >> second;\n    std::cout << first + second << "\\n";\n}\n'
        ),
        (
            "#include <iostream>\n\nint main() {\n    int first, second;\n"
            "    std::cin >> first >> second;\n"
            '    std::cout << first - second << "\\n";\n}\n'
        ),
    ),
    Language.C: (
        "#include <stdio.h>\n\nint main(void) {\n}\n",
        (
            "#include <stdio.h>\n\nint main(void) {\n    int first, second;\n"
            '    if (scanf("%d %d", &first, &second) != 2) return 1;\n'
            '    printf("%d\\n", first + second);\n}\n'
        ),
        (
            "#include <stdio.h>\n\nint main(void) {\n    int first, second;\n"
            '    if (scanf("%d %d", &first, &second) != 2) return 1;\n'
            '    printf("%d\\n", first - second);\n}\n'
        ),
    ),
}

LANGUAGES = tuple(_PROGRAMS)
"""The languages that there is a first exercise in."""


def blank_exercise(exercise_id: str, title: str, language: Language) -> dict[str, str]:
    """Return the files of a new exercise by their names in its folder."""
    starter, right, wrong = _PROGRAMS[language]
    extension = SPECS[language].extensions[0]
    # Every JSON string is a TOML one too.
    quoted = {
        "id": json.dumps(exercise_id),
        "title": json.dumps(title),
        "language": json.dumps(language.value),
        "starter": json.dumps(f"starter/sum{extension}"),
        "right": json.dumps(f"solutions/right{extension}"),
        "wrong": json.dumps(f"solutions/difference{extension}"),
    }
    time = "3.0" if language is Language.JAVA else "1.0"
    return {
        "exercise.toml": _TOML.format(name=language.value, time=time, **quoted),
        "statement.md": _STATEMENT.format(title=title),
        f"starter/sum{extension}": starter,
        f"solutions/right{extension}": right,
        f"solutions/difference{extension}": wrong,
    }
