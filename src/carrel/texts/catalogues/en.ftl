# What carrel says, in English. One message a line; ids are kebab-case.

printed-nothing = printed nothing
only-white-space-differs = only white space differs
line-differs = line { $line } differs
