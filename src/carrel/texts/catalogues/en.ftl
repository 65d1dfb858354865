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
