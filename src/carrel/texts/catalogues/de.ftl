# Was carrel sagt, auf Deutsch. Dieselben Namen wie in en.ftl.

printed-nothing = es wurde nichts ausgegeben

# Urteile, wie man sie liest.

verdict = { $verdict ->
    [accepted] richtig
    [wrong-answer] falsche Antwort
    [partially-correct] teilweise richtig
    [time-limit-exceeded] Zeitlimit überschritten
    [idleness-limit-exceeded] zu lange gewartet
    [memory-limit-exceeded] Speicherlimit überschritten
    [output-limit-exceeded] Ausgabelimit überschritten
    [runtime-error] Laufzeitfehler
    [compile-error] lässt sich nicht übersetzen
    [platform-fault] Fehler der Plattform
   *[other] { $verdict }
}

# Wie ein Programm endete. Jeder Satz kann auf `Laufzeitfehler: ` folgen.

used-too-much-memory = das Programm hat mehr Speicher benutzt als die erlaubten { $limit }
had-no-memory-left = dem Programm ging der Speicher aus; erlaubt sind { $limit }
used-all-memory = das Programm hat allen Speicher seiner Sandbox benutzt
printed-too-much = das Programm hat mehr ausgegeben als die erlaubten { $limit }
computed-too-long = das Programm hat { $cpu } s gerechnet (CPU-Zeit), wie bei einer Schleife ohne Ende oder einem zu langsamen Verfahren; { $limits }
still-computing = das Programm hat nach { $wall } s auf der Uhr immer noch gerechnet ({ $cpu } s CPU-Zeit); { $limits }
waited-too-long = das Programm war nach { $wall } s auf der Uhr nicht fertig und hat davon nur { $cpu } s gerechnet: Es hat geschlafen oder auf eine Eingabe gewartet, die nicht kommt; { $limits }
limits-of-time = erlaubt sind { $cpu } s Rechenzeit und { $wall } s auf der Uhr
limit-of-the-clock = erlaubt sind { $wall } s auf der Uhr
ended-with-exit-code = das Programm endete mit dem Exit-Code { $code }; 0 hieße, dass alles gut ging
ended-by-signal = das Programm wurde von { $signal } beendet{ $signal ->
    [SIGSEGV] {" "}(es hat auf fremden Speicher zugegriffen, oft durch einen Index außerhalb der Grenzen, einen Nullzeiger oder eine Rekursion ohne Ende)
    [SIGABRT] {" "}(es hat aufgegeben, etwa nach einer verletzten Zusicherung oder einer nicht gefangenen Ausnahme)
    [SIGFPE] {" "}(eine unmögliche Rechnung, etwa eine Division durch null)
    [SIGILL] {" "}(ein ungültiger Maschinenbefehl)
    [SIGBUS] {" "}(eine ungültige Speicheradresse)
    [SIGXFSZ] {" "}(es hat eine größere Datei geschrieben als erlaubt)
    [SIGPIPE] {" "}(niemand hat seine Ausgabe mehr gelesen)
    [SIGKILL] {" "}(es wurde abgebrochen)
   *[other] {""}
}
not-compiled = das Programm wurde nicht übersetzt

# Wie sich eine Ausgabe von der erwarteten unterscheidet. Zitiert werden wenige Zeichen.

differs = die Ausgabe weicht von der erwarteten ab
newline-missing-at-end = der Zeilenumbruch am Ende der Ausgabe fehlt
white-space-at-end = am Ende der Ausgabe steht mehr Leerraum als erwartet: „{ $text }“
line-ends-differ = Zeile { NUMBER($line, useGrouping: 0) } endet anders als erwartet: Windows-Zeilenenden (\r\n) auf der einen Seite, einfache (\n) auf der anderen
white-space-differs-at = nur Leerraum ist anders: Zeile { NUMBER($line, useGrouping: 0) }, Spalte { NUMBER($column, useGrouping: 0) }, gefunden: { $actual }, erwartet: { $expected }
blank-line-extra = nur Leerzeilen sind anders: Zeile { NUMBER($line, useGrouping: 0) } ist leer und gehört nicht dorthin
blank-line-missing = nur Leerzeilen sind anders: vor Zeile { NUMBER($line, useGrouping: 0) } fehlt eine
case-differs-at = nur Groß- und Kleinschreibung ist anders: in Zeile { NUMBER($line, useGrouping: 0) }, Spalte { NUMBER($column, useGrouping: 0) }, steht „{ $actual }“ statt „{ $expected }“
only-lines-order-differs = alle Zeilen sind richtig, aber in anderer Reihenfolge; Zeile { NUMBER($line, useGrouping: 0) } ist die erste am falschen Ort
only-words-order-differs = alle Wörter sind richtig, aber in anderer Reihenfolge; das erste am falschen Ort steht in Zeile { NUMBER($line, useGrouping: 0) }
nothing-expected = es sollte nichts ausgegeben werden, aber in der Ausgabe steht „{ $text }“
printed-before-the-answer = in Zeile { NUMBER($line, useGrouping: 0) } steht „{ $text }“ vor der erwarteten Antwort; gib nur die Antwort aus, ohne Eingabeaufforderung
printed-after-the-answer = nach der erwarteten Antwort folgt „{ $text }“; gib nur die Antwort aus
output-ends-too-early = die Ausgabe endet in Zeile { NUMBER($line, useGrouping: 0) }; es sollte „{ $expected }“ folgen
not-utf-8-at = Zeile { NUMBER($line, useGrouping: 0) }, Spalte { NUMBER($column, useGrouping: 0) }: das Byte { $actual } ist kein UTF-8-Text
invisible-at = Zeile { NUMBER($line, useGrouping: 0) }, Spalte { NUMBER($column, useGrouping: 0) }: dort steht ein unsichtbares Zeichen, { $actual }
accents-differ-at = Zeile { NUMBER($line, useGrouping: 0) }, Spalte { NUMBER($column, useGrouping: 0) }: der Text sieht gleich aus, aber seine Akzente bestehen aus anderen Zeichen
look-alike-at = Zeile { NUMBER($line, useGrouping: 0) }, Spalte { NUMBER($column, useGrouping: 0) }: dort steht { $actual }, erwartet ist { $expected }; sie sehen nur gleich aus
number-written-differently = Zeile { NUMBER($line, useGrouping: 0) }: { $actual } ist die richtige Zahl, soll aber { $expected } geschrieben werden
sign-differs = Zeile { NUMBER($line, useGrouping: 0) }: { $actual } statt { $expected }, nur das Vorzeichen ist anders
number-differs = Zeile { NUMBER($line, useGrouping: 0) }: { $actual } statt { $expected }, Abstand { $off }
line-ends-too-early = Zeile { NUMBER($line, useGrouping: 0) } endet bei Spalte { NUMBER($column, useGrouping: 0) }; dort sollte „{ $expected }“ folgen
line-goes-on = Zeile { NUMBER($line, useGrouping: 0) } sollte bei Spalte { NUMBER($column, useGrouping: 0) } enden; dort folgt „{ $actual }“
differs-at = Zeile { NUMBER($line, useGrouping: 0) } ist ab Spalte { NUMBER($column, useGrouping: 0) } anders: „{ $actual }“ statt „{ $expected }“

the-end = das Ende
a-line-break = ein Zeilenumbruch
a-carriage-return = ein Wagenrücklauf (\r)
a-space = ein Leerzeichen
a-tab = ein Tabulator
a-character = „{ $character }“
a-character-with-code = „{ $character }“ ({ $code })
a-code = { $code }
a-byte = { $code }

# Vergleiche nach anderen Regeln als Leerraum: Zeilen in beliebiger Reihenfolge, Muster, JSON.

line-not-expected = Zeile { NUMBER($line, useGrouping: 0) }, „{ $text }“, ist nicht unter den erwarteten Zeilen
line-too-often = „{ $text }“ steht öfter als erwartet in der Ausgabe
lines-missing = { $count ->
    [one] die Zeile „{ $text }“ fehlt
   *[other] { $count } Zeilen fehlen, etwa „{ $text }“
}
matches-no-pattern = die Ausgabe hat nicht die erwartete Form: „{ $text }“
only-a-part-matches = nur ein Teil der Ausgabe hat die erwartete Form: „{ $text }“
too-long-for-the-pattern = die Ausgabe ist zu lang, um die erwartete Form zu haben
expected-is-unusable = mit der erwarteten Ausgabe dieses Tests lässt sich nichts vergleichen; bitte sag es deiner Lehrkraft
far-too-long = die Ausgabe ist viel länger als die erwartete
not-json-at = kein JSON: siehe Zeile { NUMBER($line, useGrouping: 0) }, Spalte { NUMBER($column, useGrouping: 0) }
json-not-utf-8 = kein JSON: das Byte { $code } in Zeile { NUMBER($line, useGrouping: 0) } ist kein UTF-8-Text
json-too-deep = Arrays und Objekte stehen mehr als { $depth } tief ineinander
json-number-too-large = die Zahl { $text } ist zu groß
json-constant = { $text } ist kein JSON
json-key-twice = ein Objekt hat den Schlüssel „{ $key }“ zweimal
json-key-missing = in { $path } fehlt der Schlüssel „{ $key }“
json-key-not-expected = in { $path } steht der Schlüssel „{ $key }“, der nicht erwartet ist
json-length-differs = { $path } hat { $actual } Elemente statt { $expected }
json-element-not-expected = { $path } ist { $actual } und nicht unter den erwarteten Elementen, oder steht dort zu oft
json-value-differs = { $path } ist { $actual } statt { $expected }
json-array = { $count ->
    [one] ein Array mit einem Element
   *[other] ein Array mit { $count } Elementen
}
json-object = { $count ->
    [one] ein Objekt mit einem Schlüssel
   *[other] ein Objekt mit { $count } Schlüsseln
}
json-string = die Zeichenkette „{ $text }“
json-number = die Zahl { $text }

# Die Zeilen um einen Unterschied: wofür die Zeichen darin stehen.

mark-space = { $mark } ist ein Leerzeichen
mark-tab = { $mark } ist ein Tabulator
mark-carriage-return = { $mark } ist ein Wagenrücklauf wie in Windows-Zeilenenden
mark-line-end = { $mark } ist der Zeilenumbruch, der auf der anderen Seite fehlt
mark-escaped = { $mark } steht für ein Zeichen, das man nicht sieht
mark-byte = { $mark } steht für ein Byte, das kein UTF-8-Text ist
mark-look-alike = ausgegeben ist { $actual }, erwartet ist { $expected }: Sie sehen nur gleich aus
difference-not-kept = der Unterschied kommt nach dem Teil der Ausgabe, der aufgehoben wird

# Rückmeldung: was jemand über die eigene Abgabe erfährt.

hidden-test-name = verborgener Test { $number }
test-passed = Test „{ $name }“ bestanden
test-failed = Test „{ $name }“ nicht bestanden: { $verdict }
test-failed-because = Test „{ $name }“ nicht bestanden: { $verdict }: { $reason }
part-failed = { $name }: { $verdict }
part-failed-because = { $name }: { $verdict }: { $reason }
more-parts = { $count ->
    [one] und einer mehr
   *[other] und { $count } mehr
}
text-for-test = Test „{ $name }“: { $text }
crashed-at = { $error } ({ $file }, Zeile { NUMBER($line, useGrouping: 0) })
crashed-with = { $error }; { $reason }
frame = { $file }, Zeile { NUMBER($line, useGrouping: 0) }
frame-in-function = { $file }, Zeile { NUMBER($line, useGrouping: 0) }, in { $function }
with-code = { $said }
    {"    "}{ $code }
more-frames = { $count ->
    [one] … ein weiterer Aufruf
   *[other] … { $count } weitere Aufrufe
}
caused-by = ausgelöst durch { $text }
does-not-compile = Dein Programm lässt sich nicht übersetzen und konnte deshalb nicht getestet werden.
said = { $text }
said-in-file = { $file }: { $text }
said-in-line = { $file }, Zeile { NUMBER($line, useGrouping: 0) }: { $text }
said-at = { $file }, Zeile { NUMBER($line, useGrouping: 0) }, Spalte { NUMBER($column, useGrouping: 0) }: { $text }
more-errors = { $count ->
    [one] und ein weiterer Fehler, vielleicht nur deswegen
   *[other] und { $count } weitere Fehler, vielleicht nur deswegen
}
no-test-was-run = Kein Test wurde ausgeführt.
all-tests-passed = { $count ->
    [0] Es gibt keine Tests.
    [one] Der Test ist bestanden.
   *[other] Alle { $count } Tests sind bestanden.
}
all-visible-tests-passed = { $count ->
    [one] Der sichtbare Test ist bestanden
   *[other] Alle { $count } sichtbaren Tests sind bestanden
}
visible-tests-passed = { $count ->
    [one] Der sichtbare Test ist nicht bestanden
   *[other] { $passed } von { $count } sichtbaren Tests sind bestanden
}
all-hidden-tests-passed = { $count ->
    [one] der verborgene Test ist bestanden
   *[other] alle { $count } verborgenen Tests sind bestanden
}
hidden-tests-failed = { $count ->
    [one] der verborgene Test ist nicht bestanden
   *[other] { $failed } von { $count } verborgenen Tests sind nicht bestanden
}
named-hidden-tests-failed = { $count ->
    [one] der verborgene Test ist nicht bestanden: { $names }
   *[other] { $failed } von { $count } verborgenen Tests sind nicht bestanden: { $names }
}
visible-and-hidden = { $visible }; { $hidden }

# Weswegen der Übersetzer angehalten wurde.

compiler-was-stopped = { $said }
    ({ $why })
compiler-out-of-memory = der Übersetzer brauchte mehr als { $limit } Speicher
compiler-out-of-time = der Übersetzer brauchte mehr als { $seconds } s
compiler-said-too-much = der Übersetzer hatte mehr zu sagen, als hierher passt
source-is-empty = Die Datei des Programms ist leer. Speichere das Programm und gib es noch einmal ab.
source-is-no-text = Die Datei des Programms ist kein Text: Sie enthält ein Null-Byte. Gib den Quelltext ab, gespeichert als UTF-8.
compiler-said-nothing = der Übersetzer ist ohne Meldung gescheitert
compiler-wrote-too-much = der Übersetzer hat mehr Dateien geschrieben, als aufgehoben werden können

# Gespräche mit einem Interaktor
both-wait = wartete auf Antwort, während auch die Gegenseite wartete: Wurde die Ausgabe geleert (flush) und alles gelesen?
broke-its-checker = die Ausgabe war so, dass sie nicht geprüft werden konnte

# Was `carrel grade` um die Rückmeldung herum ausgibt.

score = { $earned } von { $total } Punkten ({ $percentage } %): { $verdict }
group-points = Gruppe „{ $name }“: { $earned } von { $total } Punkten, zusammen gezählt{ $scoring ->
    [all-or-nothing] {" "}(alles oder nichts)
    [minimum] {" "}(so viel, wie ihr schlechtester Test bringt)
   *[sum] {""}
}
hidden-data-is-not-shown = Verborgene Tests probieren andere Eingaben als die sichtbaren; welche das sind, wird nicht gezeigt.
named-hidden-test = { $name } (verborgen)
more-lines = { $count ->
    [one] … und eine weitere Zeile
   *[other] … und { $count } weitere Zeilen
}
hint = Hinweis: { $text }
heading-compiler = Das sagt der Übersetzer:
heading-input = Eingabe:
heading-trace = Hier ist es passiert:
heading-stderr = Fehlerausgabe:
heading-difference = Erwartet (-) und ausgegeben (+):
column = { $name ->
    [test] Test
    [verdict] Urteil
    [points] Punkte
    [cpu] CPU-Zeit
    [memory] Speicher
   *[other] { $name }
}

# Regeln für das gelesene Programm. Wonach gefragt wird, steht im Nominativ: so passt es in jeden Satz.

subject-docstrings = ein Text darüber, wozu jede Funktion und Klasse da ist (Docstring oder Kommentar darüber)
subject-query = wonach die Lehrkraft sucht
subject-with-parameters = { $what } mit { $count ->
    [one] einem Parameter
   *[other] { $count } Parametern
}
subject-that-extends = { $what }, die von { $name } erbt
subject-with-methods = { $what } mit { $names }
rule-or = { $one } oder { $other }
rule-within = { $what } (in `{ $name }`)
rule-requires = verlangt: { $what }
rule-requires-several = mindestens { $least }-mal verlangt: { $what }
rule-counts = { $least }- bis { $most }-mal verlangt: { $what }
rule-forbids = nicht erlaubt: { $what }
rule-limits = höchstens { $limit }: { $what }
rule-missing = es fehlt: { $what }
rule-found = hier nicht erlaubt: { $what }
rule-too-few = { $what }: { $count }-mal gefunden, mindestens { $least }-mal nötig
rule-too-many = { $what }: { $count }-mal gefunden, höchstens { $most }-mal erlaubt
rule-above = { $what }: { $value }, erlaubt ist höchstens { $limit }
rule-undocumented = hier steht nicht, wozu das da ist: { $names }
rule-no-scope = es gibt keine Funktion oder Klasse `{ $name }`, die man ansehen könnte
rule-hidden = { $construct } lässt das Programm tun, was man in seinem Text nicht sieht; ob diese Regel eingehalten ist, lässt sich so nicht sagen
rule-lines = { $count ->
    [one] Zeile { $lines }
   *[other] Zeilen { $lines }
}
rule-lines-in-file = { $file }, { $where }
rule-places = { $one }; { $other }
rule-at = { $where }: { $text }
rules-unreadable = das Programm ließ sich nicht in vertretbarer Zeit lesen: schreibe es in kürzeren, weniger tief verschachtelten Anweisungen
source-encoding = Zeile { NUMBER($line, useGrouping: 0) } gibt für die Datei die Kodierung { $name } an, mit der das Programm ein anderes sein kann, als es scheint: speichere die Datei als UTF-8 und nimm diese Zeile heraus
source-bytes = Zeile { NUMBER($line, useGrouping: 0) }: nicht alles darin ist Text in der Kodierung { $name }, in der die Datei gelesen wird: speichere die Datei als UTF-8
source-null = Zeile { NUMBER($line, useGrouping: 0) } enthält ein Null-Byte, das in kein Programm gehört: nimm es heraus
source-in-file = { $file }: { $text }
rule-subject = { $subject ->
    [call] ein Aufruf von { $names }
    [method] ein Aufruf der Methode { $names }
    [import] der Import von { $names }
    [name] der Name { $names }
    [operator] der Operator { $names }
    [literal] der Wert { $names } im Programmtext
    [function] eine Funktion { $names }
    [class] eine Klasse { $names }
    [docstring] ein Text darüber, wozu { $names } da ist (Docstring oder Kommentar darüber)
   *[other] { $names }
}
rule-measure = { $measure ->
    [nesting] die Verschachtelung von Anweisungen
    [function-lines] die Zeilen einer Funktion
    [parameters] die Parameter einer Funktion
    [complexity] die Komplexität einer Funktion (1, und 1 für jede Verzweigung)
    [lines] die Zeilen des Programms
   *[other] { $measure }
}
rule-construct = { $construct ->
    [for] eine `for`-Schleife
    [for-each] eine Schleife über Elemente (for each)
    [while] eine `while`-Schleife
    [do-while] eine `do … while`-Schleife
    [infinite-loop] eine `loop`-Schleife
    [loop] eine Schleife
    [iteration] eine Schleife oder Comprehension
    [comprehension] eine Comprehension
    [list-comprehension] eine Listen-Comprehension
    [break] `break`
    [continue] `continue`
    [if] ein `if`
    [else] ein `else`
    [switch] ein `switch` oder `match`
    [ternary] ein bedingter Ausdruck (wie `a ? b : c`)
    [goto] ein `goto`
    [return] ein `return`
    [lambda] eine Lambda-Funktion (ohne Namen)
    [class] eine Klasse
    [struct] ein Struct
    [interface] ein Interface oder Trait
    [enum] ein Enum
    [record] ein Record
    [inheritance] Vererbung
    [generics] ein generischer Typ oder ein Template
    [decorator] ein Decorator oder eine Annotation
    [yield] ein `yield`
    [async] asynchroner Code (`async`, `go`)
    [await] ein `await`
    [try] ein `try`
    [catch] eine Ausnahmebehandlung (`except`, `catch`)
    [finally] ein `finally`
    [throw] ein `raise` oder `throw`
    [assert] ein `assert`
    [with] ein `with` oder ein `try` mit Ressourcen
    [defer] ein `defer`
    [global-statement] ein `global`
    [nonlocal] ein `nonlocal`
    [var] ein `var`
    [let] ein `let`
    [slice] ein Slice (wie `a[1:3]`)
    [f-string] ein String mit eingesetzten Werten (wie f"…{"{"}x{"}"}")
    [list] eine ausgeschriebene Liste
    [tuple] ein Tupel
    [dictionary] ein ausgeschriebenes Dictionary oder Objekt
    [set] eine ausgeschriebene Menge
    [array] ein Array
    [unpacking] Entpacken (wie `a, b = …`)
    [spread] ein Auffächern (wie `*werte` oder `...werte`)
    [walrus] der Operator `:=`
    [type-annotation] eine Typangabe
    [any-type] der Typ `any`
    [pointer] ein Zeiger
    [reference] eine Referenz
    [cast] eine Typumwandlung (Cast)
    [new] ein `new`
    [delete] ein `del` oder `delete`
    [macro] ein Makro
    [unsafe] ein `unsafe`-Block
    [assembly] Assembler-Code
    [regular-expression] ein regulärer Ausdruck
    [comment] ein Kommentar
    [recursion] Rekursion (eine Funktion, die sich selbst aufruft, direkt oder über andere)
    [direct-recursion] eine Funktion, die sich selbst aufruft
    [mutual-recursion] Funktionen, die sich gegenseitig aufrufen
    [global-variable] eine globale Variable
    [function] eine Funktion
    [nested-function] eine Funktion in einer Funktion
   *[other] { $construct }
}

# Aufrufe von Funktionen.

call-returned = erwartet { $expected }, erhalten { $actual }
call-returned-kind = erwartet { $expected }, erhalten { $actual }: { $got } steht, wo { $wanted } stehen sollte
call-did-not-raise = erwartet { $expected }, erhalten { $actual }
call-raised = erwartet { $expected }, erhalten ein Fehler: { $name } ({ $said })
call-raised-other = erwartet { $expected }, erhalten ein anderer: { $name } ({ $said })
call-no-memory = die Funktion hatte keinen Speicher mehr
call-ended-early = das Programm endete, bevor die Funktion etwas zurückgab
call-ended-while-loading = das Programm endete, bevor seine Funktion aufgerufen wurde; lassen Sie weg, was es beendet, etwa exit
call-answer-broken = die Antwort der Funktion kam nicht an: das Programm schrieb dorthin, wo nur Antworten hingehören, oder schloss den Weg
calls-failed = { $passed } von { $total } Aufrufen sind richtig; { $call }: { $reason }
call-no-function = es gibt keine Funktion `{ $declaration }`
call-no-function-but = es gibt keine Funktion `{ $declaration }`; ist es die namens `{ $other }`?
call-wrong-declaration = Zeile { NUMBER($line, useGrouping: 0) }: die Funktion sollte so deklariert sein: `{ $declaration }`; gefunden: { $found }

a-whole-number = eine ganze Zahl
a-number = eine Zahl
true-or-false = wahr oder falsch
a-text = ein Text
a-list = eine Liste
a-map = eine Zuordnung
nothing = nichts

# Unit-Tests.

unit-tests-passed = { NUMBER($passed, useGrouping: 0) } von { NUMBER($count, useGrouping: 0) } Unit-Tests bestanden; der erste nicht bestandene ist { $name }: { $why }
no-unit-test-ended = es wurde kein Unit-Test ausgeführt
unit-test-not-ended = das Programm endete vor dem Unit-Test
unit-test-exited = das Programm beendete sich selbst (Exit-Code { $code }), bevor der Unit-Test alles geprüft hatte
unit-test-refused = das Programm versuchte, was in einem Unit-Test nicht erlaubt ist: { $permission }
unit-test-aborted = der Unit-Test wurde aufgegeben, weil eine Annahme nicht zutraf: { $why }
unit-test-empty = kein einziger Fall dieses Unit-Tests wurde ausgeführt
unit-test-at = { $why }
    bei { $frames }
unit-tests-tampered = ein Test, der fehlschlagen muss, tat es nicht: Das Programm verändert das Framework der Tests, und so zählen ihre Ergebnisse nicht
sanitizer-says = das Programm wurde angehalten, wo es tat, was C und C++ nicht festlegen: { $what }
unit-tests-forbid = Unit-Tests können nicht mit einem Programm ausgeführt werden, das { $what } benutzt
unit-tests-do-not-fit = Die Tests passen nicht zum Programm: Namen, Parameter, Typen und Sichtbarkeit dessen, was zu schreiben war, müssen stimmen.
unit-tests-do-not-fit-because = Die Tests passen nicht zum Programm: Namen, Parameter, Typen und Sichtbarkeit dessen, was zu schreiben war, müssen stimmen. Der Compiler sagt:
    { $why }

unit-ended-in-call = beim Aufruf von { $name }: { $why }
unit-ended-itself = das Programm beendete sich selbst mit Exit-Code 0
unit-ended-between = das Programm endete zwischen zwei Unit-Tests
unit-ended-in-import = beim Import des Programms: { $why }
unit-broke-the-line = das Programm schrieb in die Leitung, auf der es gefragt wird
unit-not-imported = das Programm lässt sich nicht importieren: { $why }
unit-not-begun = die Unit-Tests konnten nicht beginnen: { $why }
unit-not-run = er wurde nicht ausgeführt, weil die Unit-Tests vorher abbrachen
unit-checking-too-long = zu prüfen, was das Programm lieferte, dauerte zu lange
unit-checking-too-much = zu prüfen, was das Programm lieferte, brauchte mehr Speicher, Zeit oder Ausgabe, als da ist
unit-tests-all-skipped = alle Unit-Tests wurden ausgelassen, also wurde nichts geprüft

# Linter (Prüfprogramme für den Stil).

lint-found = { $tool } hat { $count ->
    [one] eine Sache
   *[other] { $count } Dinge
} gefunden, zuerst: { $first }
lint-at = Zeile { NUMBER($line, useGrouping: 0) }, Spalte { NUMBER($column, useGrouping: 0) }: { $text }
lint-in-line = Zeile { NUMBER($line, useGrouping: 0) }: { $text }
lint-in-file = { $file }, { $text }
lint-with-rule = { $text } ({ $rule })
lint-too-much = { $tool } konnte das Programm nicht in vertretbarer Zeit lesen: schreibe es in kürzeren, weniger tief verschachtelten Anweisungen
lint-unreadable = { $tool } kann dieses Programm nicht lesen, vielleicht ist es neuer; es wurde nichts geprüft: { $said }
lint-no-points = { $tool } konnte dieses Programm nicht lesen; es wurde nichts geprüft, und es gibt keine Punkte: { $said }

# Seiten von `carrel batch`.

line-side = { $side ->
    [expected] erwartet (-)
    [actual] ausgegeben (+)
   *[other] gleich
}
heading-printed = Ausgegeben:
handed-in-late = verspätet abgegeben
advice = Rat von '{ $test }', { $part }: { $text }
