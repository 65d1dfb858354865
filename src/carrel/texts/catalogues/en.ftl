# What carrel says, in English. One message a line; ids are kebab-case.

printed-nothing = printed nothing
only-white-space-differs = only white space differs
line-differs = line { NUMBER($line, useGrouping: 0) } differs

# Verdicts, as people read them.

verdict = { $verdict ->
    [accepted] accepted
    [wrong-answer] wrong answer
    [partially-correct] partially correct
    [time-limit-exceeded] time limit exceeded
    [idleness-limit-exceeded] idleness limit exceeded
    [memory-limit-exceeded] memory limit exceeded
    [output-limit-exceeded] output limit exceeded
    [runtime-error] runtime error
    [compile-error] compile error
    [platform-fault] platform fault
   *[other] { $verdict }
}

# How a program ended. Each can follow `runtime error: `, so none begins a sentence.

used-too-much-memory = the program used more memory than the { $limit } allowed
had-no-memory-left = the program had no memory left; allowed are { $limit }
used-all-memory = the program used all the memory of its sandbox
printed-too-much = the program printed more than the { $limit } allowed
computed-too-long = the program computed for { $cpu } s (CPU time) and was not done, as with a loop that does not end or a way that is too slow; { $limits }
still-computing = the program was still computing after { $wall } s by the clock ({ $cpu } s of CPU time); { $limits }
waited-too-long = the program was not done after { $wall } s by the clock and had computed for only { $cpu } s of them: it slept, or waited for input that does not come; { $limits }
limits-of-time = allowed are { $cpu } s of computing and { $wall } s by the clock
limit-of-the-clock = allowed are { $wall } s by the clock
ended-with-exit-code = the program ended with exit code { $code }; 0 would mean that all went well
ended-by-signal = the program was ended by { $signal }{ $signal ->
    [SIGSEGV] {" "}(it used memory that is not its own, often by an index out of range, a null pointer or recursion that does not end)
    [SIGABRT] {" "}(it gave up, as after a failed assertion or an uncaught exception)
    [SIGFPE] {" "}(an impossible calculation, such as a division by zero)
    [SIGILL] {" "}(an illegal instruction)
    [SIGBUS] {" "}(a bad memory address)
    [SIGXFSZ] {" "}(it wrote a larger file than is allowed)
    [SIGPIPE] {" "}(nobody read its output any more)
    [SIGKILL] {" "}(it was killed)
   *[other] {""}
}
not-compiled = the program was not compiled

# How an output differs from the expected one. Quoted are a few characters of both.

differs = the output differs from the expected one
newline-missing-at-end = the line break at the end of the output is missing
white-space-at-end = more white space than expected stands at the end of the output: “{ $text }”
line-ends-differ = line { NUMBER($line, useGrouping: 0) } does not end as expected: Windows line ends (\r\n) on one side, plain ones (\n) on the other
white-space-differs-at = only white space differs: in line { NUMBER($line, useGrouping: 0) }, column { NUMBER($column, useGrouping: 0) }, there is { $actual } and should be { $expected }
blank-line-extra = only blank lines differ: line { NUMBER($line, useGrouping: 0) } is blank and should not be there
blank-line-missing = only blank lines differ: one is missing before line { NUMBER($line, useGrouping: 0) }
case-differs-at = only upper and lower case differ: line { NUMBER($line, useGrouping: 0) }, column { NUMBER($column, useGrouping: 0) }, has “{ $actual }” instead of “{ $expected }”
only-lines-order-differs = all lines are right, but in another order; line { NUMBER($line, useGrouping: 0) } is the first in the wrong place
only-words-order-differs = all words are right, but in another order; the first in the wrong place is in line { NUMBER($line, useGrouping: 0) }
nothing-expected = nothing should be printed, but the output has “{ $text }”
printed-before-the-answer = line { NUMBER($line, useGrouping: 0) } has “{ $text }” before the expected answer; print the answer only, without prompts
printed-after-the-answer = after the expected answer follows “{ $text }”; print the answer only
output-ends-too-early = the output ends in line { NUMBER($line, useGrouping: 0) }; “{ $expected }” should follow
not-utf-8-at = line { NUMBER($line, useGrouping: 0) }, column { NUMBER($column, useGrouping: 0) }: the byte { $actual } is not UTF-8 text
invisible-at = line { NUMBER($line, useGrouping: 0) }, column { NUMBER($column, useGrouping: 0) }: there is an invisible character, { $actual }
accents-differ-at = line { NUMBER($line, useGrouping: 0) }, column { NUMBER($column, useGrouping: 0) }: the text looks the same, but its accents are made of other characters
look-alike-at = line { NUMBER($line, useGrouping: 0) }, column { NUMBER($column, useGrouping: 0) }: there is { $actual } and should be { $expected }; they only look alike
number-written-differently = line { NUMBER($line, useGrouping: 0) }: { $actual } is the right number, but it should be written { $expected }
sign-differs = line { NUMBER($line, useGrouping: 0) }: { $actual } instead of { $expected }, only the sign differs
number-differs = line { NUMBER($line, useGrouping: 0) }: { $actual } instead of { $expected }, which is { $off } away
line-ends-too-early = line { NUMBER($line, useGrouping: 0) } ends at column { NUMBER($column, useGrouping: 0) }; “{ $expected }” should follow there
line-goes-on = line { NUMBER($line, useGrouping: 0) } should end at column { NUMBER($column, useGrouping: 0) }, where “{ $actual }” follows
differs-at = line { NUMBER($line, useGrouping: 0) } differs from column { NUMBER($column, useGrouping: 0) } on: “{ $actual }” instead of “{ $expected }”

the-end = the end
a-line-break = a line break
a-carriage-return = a carriage return (\r)
a-space = a space
a-tab = a tab
a-character = “{ $character }”
a-character-with-code = “{ $character }” ({ $code })
a-code = { $code }
a-byte = { $code }

# Comparisons by other rules than white space: lines in any order, patterns, JSON.

line-not-expected = line { NUMBER($line, useGrouping: 0) }, “{ $text }”, is not among the expected lines
line-too-often = line { NUMBER($line, useGrouping: 0) }, “{ $text }”, stands in the output more often than expected
lines-missing = { $count ->
    [one] the line “{ $text }” is missing
   *[other] { $count } lines are missing, such as “{ $text }”
}
matches-no-pattern = the output does not have the expected form: “{ $text }”
only-a-part-matches = only a part of the output has the expected form: “{ $text }”
too-long-for-the-pattern = the output is too long to have the expected form
expected-is-unusable = the expected output of this test cannot be compared with; please tell your teacher
far-too-long = the output is far longer than the expected one
not-json-at = not JSON: see line { NUMBER($line, useGrouping: 0) }, column { NUMBER($column, useGrouping: 0) }
json-not-utf-8 = not JSON: the byte { $code } in line { NUMBER($line, useGrouping: 0) } is not UTF-8 text
json-too-deep = arrays and objects stand in each other more than { $depth } deep
json-number-too-large = the number { $text } is too large
json-constant = { $text } is not JSON
json-key-twice = an object has the key “{ $key }” twice
json-key-missing = { $path } lacks the key “{ $key }”
json-key-not-expected = { $path } has the key “{ $key }”, which is not expected
json-length-differs = { $path } has { $actual } elements instead of { $expected }
json-element-not-expected = { $path } is { $actual }, which is not among the expected elements or stands there too often
json-value-differs = { $path } is { $actual } instead of { $expected }
json-array = { $count ->
    [one] an array of one element
   *[other] an array of { $count } elements
}
json-object = { $count ->
    [one] an object with one key
   *[other] an object with { $count } keys
}
json-string = the string “{ $text }”
json-number = the number { $text }

# The lines around a difference: what the marks in them stand for.

mark-space = { $mark } is a space
mark-tab = { $mark } is a tab
mark-carriage-return = { $mark } is a carriage return, as in Windows line ends
mark-line-end = { $mark } is the line break that the other side lacks
mark-escaped = { $mark } stands for a character that cannot be seen
mark-byte = { $mark } stands for a byte that is not UTF-8 text
mark-look-alike = printed is { $actual }, expected is { $expected }: they only look alike
difference-not-kept = the difference comes after the part of the output that is kept
