import type { Catalogue } from '../../app/language'

const en = {
  output: 'Output',
  input: 'Input for the program',
  send: 'Send',
  endInput: 'End of input',
  idle: 'Run the program to see what it prints.',
  running: 'Running …',
  compiling: 'Compiling …',
  nothingPrinted: 'The program printed nothing.',
  finished: (seconds: string) => `Finished in ${seconds}`,
  failed: 'Not finished',
  stopped: 'Stopped',
  left: (lines: string) => `${lines} earlier lines are not shown`,
  truncated: 'The program wrote more than is kept; the rest was left out.',
  memory: (amount: string) => `${amount} of memory`,
  unreachable: 'The server does not answer. Your program is kept in this browser: try again when the server is back.',
  ours: 'This is our fault and not the program’s.',
}
export type Texts = typeof en

const de: Texts = {
  output: 'Ausgabe',
  input: 'Eingabe für das Programm',
  send: 'Senden',
  endInput: 'Ende der Eingabe',
  idle: 'Führe das Programm aus, um zu sehen, was es ausgibt.',
  running: 'Läuft …',
  compiling: 'Wird übersetzt …',
  nothingPrinted: 'Das Programm hat nichts ausgegeben.',
  finished: (seconds) => `Fertig in ${seconds}`,
  failed: 'Nicht fertig geworden',
  stopped: 'Angehalten',
  left: (lines) => `${lines} frühere Zeilen werden nicht gezeigt`,
  truncated: 'Das Programm hat mehr geschrieben, als aufgehoben wird; der Rest wurde weggelassen.',
  memory: (amount) => `${amount} Speicher`,
  unreachable:
    'Der Server antwortet nicht. Dein Programm ist in diesem Browser gespeichert: Versuche es wieder, wenn der Server zurück ist.',
  ours: 'Das ist unser Fehler und nicht der des Programms.',
}

export const texts: Catalogue<Texts> = { en, de }
