# Was carrel sagt, auf Deutsch. Dieselben Namen wie in en.ftl.

printed-nothing = es wurde nichts ausgegeben
only-white-space-differs = nur Leerraum ist anders
line-differs = Zeile { $line } ist anders
