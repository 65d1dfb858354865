# Was carrel sagt, auf Deutsch. Dieselben Namen wie in en.ftl.

printed-nothing = es wurde nichts ausgegeben
only-white-space-differs = nur Leerraum ist anders
line-differs = Zeile { NUMBER($line, useGrouping: 0) } ist anders

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
computed-too-long = das Programm hat { $cpu } s gerechnet (CPU-Zeit) und war nicht fertig, wie bei einer Schleife ohne Ende oder einem zu langsamen Verfahren; { $limits }
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
