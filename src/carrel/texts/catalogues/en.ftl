# What carrel says, in English. One message a line; ids are kebab-case.

printed-nothing = printed nothing

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
computed-too-long = the program computed for { $cpu } s (CPU time), as with a loop that does not end or a slow algorithm; { $limits }
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
line-too-often = “{ $text }” stands in the output more often than expected
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

# Feedback: what a student is told about a submission.

hidden-test-name = hidden test { $number }
test-passed = Test '{ $name }' passed
test-failed = Test '{ $name }' failed: { $verdict }
test-failed-because = Test '{ $name }' failed: { $verdict }: { $reason }
part-failed = { $name }: { $verdict }
part-failed-because = { $name }: { $verdict }: { $reason }
more-parts = { $count ->
    [one] and one more
   *[other] and { $count } more
}
text-for-test = Test '{ $name }': { $text }
crashed-at = { $error } ({ $file }, line { NUMBER($line, useGrouping: 0) })
crashed-with = { $error }; { $reason }
frame = { $file }, line { NUMBER($line, useGrouping: 0) }
frame-in-function = { $file }, line { NUMBER($line, useGrouping: 0) }, in { $function }
with-code = { $said }
    {"    "}{ $code }
more-frames = { $count ->
    [one] … one more call
   *[other] … { $count } more calls
}
caused-by = caused by { $text }
does-not-compile = The program does not compile, so it could not be tested.
said = { $text }
said-in-file = { $file }: { $text }
said-in-line = { $file }, line { NUMBER($line, useGrouping: 0) }: { $text }
said-at = { $file }, line { NUMBER($line, useGrouping: 0) }, column { NUMBER($column, useGrouping: 0) }: { $text }
more-errors = { $count ->
    [one] and one more error, perhaps only because of these
   *[other] and { $count } more errors, perhaps only because of these
}
no-test-was-run = No test was run.
all-tests-passed = { $count ->
    [0] There are no tests.
    [one] The test passed.
   *[other] All { $count } tests passed.
}
all-visible-tests-passed = { $count ->
    [one] The visible test passed
   *[other] All { $count } visible tests passed
}
visible-tests-passed = { $count ->
    [one] The visible test failed
   *[other] { $passed } of { $count } visible tests passed
}
all-hidden-tests-passed = { $count ->
    [one] the hidden test passed
   *[other] all { $count } hidden tests passed
}
hidden-tests-failed = { $count ->
    [one] the hidden test failed
   *[other] { $failed } of { $count } hidden tests failed
}
named-hidden-tests-failed = { $count ->
    [one] the hidden test failed: { $names }
   *[other] { $failed } of { $count } hidden tests failed: { $names }
}
visible-and-hidden = { $visible }; { $hidden }

# What the compiler was stopped for.

compiler-was-stopped = { $said }
    ({ $why })
compiler-out-of-memory = the compiler needed more than { $limit } of memory
compiler-out-of-time = the compiler needed more than { $seconds } s
compiler-said-too-much = the compiler had more to say than fits here
source-is-empty = The file of the program is empty. Save the program and hand it in again.
source-is-no-text = The file of the program is not text: it has a null byte. Hand in the source, saved as UTF-8.
compiler-said-nothing = the compiler failed without a message
compiler-wrote-too-much = the compiler wrote more files than can be kept

# Conversations with an interactor
both-wait = waited for an answer while the other side waited too: did it flush its output, and read all that was said?
broke-its-checker = the output was such that it could not be checked

# What `carrel grade` prints around the feedback.

score = { $earned } of { $total } points ({ $percentage }%): { $verdict }
group-points = Group '{ $name }': { $earned } of { $total } points, counted together{ $scoring ->
    [all-or-nothing] {" "}(all or nothing)
    [minimum] {" "}(as much as its worst test earns)
   *[sum] {""}
}
hidden-data-is-not-shown = Hidden tests try other inputs than the visible ones, which are not shown.
named-hidden-test = { $name } (hidden)
more-lines = { $count ->
    [one] … and one more line
   *[other] … and { $count } more lines
}
hint = Hint: { $text }
heading-compiler = What the compiler said:
heading-input = Input:
heading-trace = Where it failed:
heading-stderr = Standard error:
heading-difference = Expected (-) and printed (+):
column = { $name ->
    [test] Test
    [verdict] Verdict
    [points] Points
    [cpu] CPU time
    [memory] Memory
   *[other] { $name }
}

# Rules on the parsed program. What is asked stands in the nominative, so that it fits every sentence.

subject-docstrings = a text about what each function and class is for (docstring or comment above)
subject-query = what the teacher looks for
subject-with-parameters = { $what } with { $count ->
    [one] one parameter
   *[other] { $count } parameters
}
subject-that-extends = { $what } that extends { $name }
subject-with-methods = { $what } with { $names }
rule-or = { $one } or { $other }
rule-within = { $what } (in `{ $name }`)
rule-requires = required: { $what }
rule-requires-several = required at least { $least } times: { $what }
rule-counts = required { $least } to { $most } times: { $what }
rule-forbids = not allowed: { $what }
rule-limits = at most { $limit }: { $what }
rule-missing = missing: { $what }
rule-found = not allowed here: { $what }
rule-too-few = { $what }: found { $count ->
    [one] once
   *[other] { $count } times
}, needed at least { $least } times
rule-too-many = { $what }: found { $count ->
    [one] once
   *[other] { $count } times
}, allowed at most { $most } times
rule-above = { $what }: { $value }, and at most { $limit } is allowed
rule-undocumented = nothing says what this is for: { $names }
rule-no-scope = there is no function or class `{ $name }` to look at
rule-hidden = { $construct } lets the program do what nobody can see in its text, so it cannot be known whether this rule is kept
rule-lines = { $count ->
    [one] line { $lines }
   *[other] lines { $lines }
}
rule-lines-in-file = { $file }, { $where }
rule-places = { $one }; { $other }
rule-at = { $where }: { $text }
rules-unreadable = the program could not be read in reasonable time: write it in shorter, less deeply nested statements
source-encoding = line { NUMBER($line, useGrouping: 0) } says that the file is in the encoding { $name }, which can make the program another one than it seems to be: save the file as UTF-8 and take that line out
source-bytes = line { NUMBER($line, useGrouping: 0) }: not all of it is text in the encoding { $name }, in which the file is read: save the file as UTF-8
source-null = line { NUMBER($line, useGrouping: 0) } has a null byte, which is no part of a program: take it out
source-in-file = { $file }: { $text }
rule-subject = { $subject ->
    [call] a call of { $names }
    [method] a call of the method { $names }
    [import] the import of { $names }
    [name] the name { $names }
    [operator] the operator { $names }
    [literal] the value { $names } in the program's text
    [function] a function { $names }
    [class] a class { $names }
    [docstring] a text about what { $names } is for (docstring or comment above)
   *[other] { $names }
}
rule-measure = { $measure ->
    [nesting] the nesting of statements
    [function-lines] the lines of a function
    [parameters] the parameters of a function
    [complexity] the complexity of a function (1, and 1 for each branch)
    [lines] the lines of the program
   *[other] { $measure }
}
rule-construct = { $construct ->
    [for] a `for` loop
    [for-each] a loop over elements (for each)
    [while] a `while` loop
    [do-while] a `do … while` loop
    [infinite-loop] a `loop`
    [loop] a loop
    [iteration] a loop or a comprehension
    [comprehension] a comprehension
    [list-comprehension] a list comprehension
    [break] `break`
    [continue] `continue`
    [if] an `if`
    [else] an `else`
    [switch] a `switch` or `match`
    [ternary] a conditional expression (such as `a ? b : c`)
    [goto] a `goto`
    [return] a `return`
    [lambda] a lambda (a function without a name)
    [class] a class
    [struct] a struct
    [interface] an interface or trait
    [enum] an enum
    [record] a record
    [inheritance] inheritance
    [generics] a generic type or template
    [decorator] a decorator or annotation
    [yield] a `yield`
    [async] asynchronous code (`async`, `go`)
    [await] an `await`
    [try] a `try`
    [catch] a handler of exceptions (`except`, `catch`)
    [finally] a `finally`
    [throw] a `raise` or `throw`
    [assert] an `assert`
    [with] a `with`, or a `try` with resources
    [defer] a `defer`
    [global-statement] a `global`
    [nonlocal] a `nonlocal`
    [var] a `var`
    [let] a `let`
    [slice] a slice (such as `a[1:3]`)
    [f-string] a string with values put in (such as f"…{"{"}x{"}"}")
    [list] a list written out
    [tuple] a tuple
    [dictionary] a dictionary or object written out
    [set] a set written out
    [array] an array
    [unpacking] unpacking (such as `a, b = …`)
    [spread] a spread (such as `*values` or `...values`)
    [walrus] the operator `:=`
    [type-annotation] a type annotation
    [any-type] the type `any`
    [pointer] a pointer
    [reference] a reference
    [cast] a cast
    [new] a `new`
    [delete] a `del` or `delete`
    [macro] a macro
    [unsafe] an `unsafe` block
    [assembly] assembly code
    [regular-expression] a regular expression
    [comment] a comment
    [recursion] recursion (a function that calls itself, directly or through others)
    [direct-recursion] a function that calls itself
    [mutual-recursion] functions that call each other
    [global-variable] a global variable
    [function] a function
    [nested-function] a function within a function
   *[other] { $construct }
}

# Calls of functions.

call-returned = expected { $expected }, got { $actual }
call-returned-kind = expected { $expected }, got { $actual }: there is { $got } where { $wanted } should be
call-did-not-raise = expected { $expected }, got { $actual }
call-raised = expected { $expected }, got an error: { $name } ({ $said })
call-raised-other = expected { $expected }, got another one: { $name } ({ $said })
call-no-memory = the function had no memory left
call-ended-early = the program ended before the function returned
call-ended-while-loading = the program ended before its function was called; leave out what ends it, such as exit
call-answer-broken = the answer of the function did not come through: the program wrote to where only answers belong, or closed it
calls-failed = { $passed } of { $total } calls are right; { $call }: { $reason }
call-no-function = there is no function `{ $declaration }`
call-no-function-but = there is no function `{ $declaration }`; is it the one called `{ $other }`?
call-wrong-declaration = line { NUMBER($line, useGrouping: 0) }: the function should be declared `{ $declaration }`; found: { $found }

a-whole-number = a whole number
a-number = a number
true-or-false = true or false
a-text = a text
a-list = a list
a-map = a map
nothing = nothing

# Unit tests.

unit-tests-passed = { NUMBER($passed, useGrouping: 0) } of { NUMBER($count, useGrouping: 0) } unit tests passed; the first that failed is { $name }: { $why }
no-unit-test-ended = no unit test was run
unit-test-not-ended = the program ended before the unit test did
unit-test-exited = the program ended itself (exit code { $code }) before the unit test had checked everything
unit-test-refused = the program tried what is not allowed in a unit test: { $permission }
unit-test-aborted = the unit test was given up, because an assumption did not hold: { $why }
unit-test-empty = not one case of this unit test was run
unit-test-at = { $why }
    at { $frames }
unit-tests-tampered = a test that must fail did not: the program changes the framework of the tests, and so its results do not count
sanitizer-says = the program was stopped where it did what C and C++ do not define: { $what }
unit-tests-forbid = unit tests cannot be run with a program that uses { $what }
unit-tests-do-not-fit = The tests do not fit your program: check the names, parameters, types and visibility of what you were asked to write.
unit-tests-do-not-fit-because = The tests do not fit your program: check the names, parameters, types and visibility of what you were asked to write. The compiler says:
    { $why }

unit-ended-in-call = while { $name } was asked for: { $why }
unit-ended-itself = the program ended itself with exit code 0
unit-ended-between = the program ended between two unit tests
unit-ended-in-import = while the program was imported: { $why }
unit-broke-the-line = the program wrote into the line on which it is asked
unit-not-imported = the program cannot be imported: { $why }
unit-not-begun = the unit tests could not begin: { $why }
unit-not-run = it was not run, because the unit tests broke off before
unit-checking-too-long = checking what the program returned took too long
unit-checking-too-much = checking what the program returned took more memory, time or output than there is
unit-tests-all-skipped = all unit tests were left out, so nothing was checked

# Linters.

lint-found = { $tool } found { $count ->
    [one] one thing
   *[other] { $count } things
}, first: { $first }
lint-at = line { NUMBER($line, useGrouping: 0) }, column { NUMBER($column, useGrouping: 0) }: { $text }
lint-in-line = line { NUMBER($line, useGrouping: 0) }: { $text }
lint-in-file = { $file }, { $text }
lint-with-rule = { $text } ({ $rule })
lint-too-much = { $tool } could not read the program in reasonable time: write it in shorter, less deeply nested statements
lint-unreadable = { $tool } cannot read this program, which may be newer than it, so nothing was checked: { $said }
lint-no-points = { $tool } could not read this program, so nothing was checked and there are no points: { $said }

# Pages of `carrel batch`.

line-side = { $side ->
    [expected] expected (-)
    [actual] printed (+)
   *[other] same
}
heading-printed = Printed:
handed-in-late = handed in late
advice = Advice by '{ $test }', { $part }: { $text }
