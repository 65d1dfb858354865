import type { Catalogue } from '../../app/language'

const en = {
  title: 'Playground',
  language: 'Language',
  example: 'Example',
  own: 'Your own program',
  run: 'Run',
  stop: 'Stop',
  editor: 'Program',
  editorTab: 'Editor',
  views: 'Output and REPL',
  output: 'Output',
  repl: 'REPL',
  leave: 'Escape, then Tab leaves the editor',
  position: (line: number, column: number) => `Line ${line}, column ${column}`,
  kept: 'Kept in this browser',
  notKept: 'This browser keeps nothing: copy your program before you close the page',
  restore: 'Start the example anew',
}
export type Texts = typeof en

const de: Texts = {
  title: 'Spielwiese',
  language: 'Sprache',
  example: 'Beispiel',
  own: 'Eigenes Programm',
  run: 'Ausführen',
  stop: 'Anhalten',
  editor: 'Programm',
  editorTab: 'Editor',
  views: 'Ausgabe und REPL',
  output: 'Ausgabe',
  repl: 'REPL',
  leave: 'Escape, dann Tab verlässt den Editor',
  position: (line, column) => `Zeile ${line}, Spalte ${column}`,
  kept: 'In diesem Browser gespeichert',
  notKept: 'Dieser Browser speichert nichts: Kopiere dein Programm, bevor du die Seite schließt',
  restore: 'Beispiel neu beginnen',
}

export const texts: Catalogue<Texts> = { en, de }
