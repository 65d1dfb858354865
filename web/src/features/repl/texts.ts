import type { Catalogue } from '../../app/language'

const en = {
  start: 'Start Python',
  about: 'Type a line of Python and see at once what it is. Variables stay until you reset.',
  starting: 'Starting …',
  ready: 'Ready',
  running: 'Running …',
  asks: 'The program asks for a line',
  prompt: 'Python code',
  answer: 'Answer for the program',
  hint: 'Enter runs, Shift+Enter makes a new line, ↑ and ↓ bring back earlier lines',
  interrupt: 'Interrupt',
  reset: 'Reset',
  wasReset: 'A new Python: all variables are gone.',
  transcript: 'What was typed and answered',
  lost: 'The connection has ended, and the variables with it.',
  again: 'Start again',
  figure: 'A figure that the program has drawn',
}
export type Texts = typeof en

const de: Texts = {
  start: 'Python starten',
  about: 'Tippe eine Zeile Python und sieh sofort, was sie ergibt. Variablen bleiben, bis du zurücksetzt.',
  starting: 'Wird gestartet …',
  ready: 'Bereit',
  running: 'Läuft …',
  asks: 'Das Programm fragt nach einer Zeile',
  prompt: 'Python-Code',
  answer: 'Antwort für das Programm',
  hint: 'Enter führt aus, Umschalt+Enter macht eine neue Zeile, ↑ und ↓ holen frühere Zeilen zurück',
  interrupt: 'Unterbrechen',
  reset: 'Zurücksetzen',
  wasReset: 'Ein neues Python: Alle Variablen sind weg.',
  transcript: 'Was getippt und geantwortet wurde',
  lost: 'Die Verbindung ist beendet, und die Variablen sind mit ihr weg.',
  again: 'Neu starten',
  figure: 'Ein Bild, das das Programm gezeichnet hat',
}

export const texts: Catalogue<Texts> = { en, de }
