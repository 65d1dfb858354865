/** The languages of the playground, and for each a few small programs to begin with. */

import bashGreet from './examples/greet.sh?raw'
import cGreet from './examples/greet.c?raw'
import cppGreet from './examples/greet.cpp?raw'
import goGreet from './examples/greet.go?raw'
import javaGreet from './examples/Greet.java?raw'
import jsGreet from './examples/greet.js?raw'
import pyGreet from './examples/greet.py?raw'
import pyGuess from './examples/guess.py?raw'
import pyTable from './examples/table.py?raw'
import rGreet from './examples/greet.r?raw'
import rustGreet from './examples/greet.rs?raw'
import sqlQuery from './examples/query.sql?raw'
import tsGreet from './examples/greet.ts?raw'

export interface Example {
  readonly id: string
  readonly title: { readonly en: string; readonly de: string }
  readonly code: string
}

export interface PlayLanguage {
  readonly id: string
  /** The first is what one begins with. */
  readonly examples: readonly [Example, ...Example[]]
}

const GREETING = { en: 'Greeting', de: 'Begrüßung' }

function greet(code: string): Example {
  return { id: 'greet', title: GREETING, code }
}

const PYTHON: readonly [Example, ...Example[]] = [
  greet(pyGreet),
  { id: 'table', title: { en: 'Table', de: 'Tabelle' }, code: pyTable },
  { id: 'guess', title: { en: 'Guess the number', de: 'Zahlenraten' }, code: pyGuess },
]

export const LANGUAGES: readonly [PlayLanguage, ...PlayLanguage[]] = [
  { id: 'python', examples: PYTHON },
  { id: 'javascript', examples: [greet(jsGreet)] },
  { id: 'java', examples: [greet(javaGreet)] },
  { id: 'cpp', examples: [greet(cppGreet)] },
  { id: 'c', examples: [greet(cGreet)] },
  { id: 'typescript', examples: [greet(tsGreet)] },
  { id: 'go', examples: [greet(goGreet)] },
  { id: 'rust', examples: [greet(rustGreet)] },
  { id: 'bash', examples: [greet(bashGreet)] },
  {
    id: 'sql',
    examples: [{ id: 'query', title: { en: 'Query', de: 'Abfrage' }, code: sqlQuery }],
  },
  { id: 'r', examples: [greet(rGreet)] },
]

/** Return a language by its id, the first for an unknown one. */
export function languageOf(id: string | null): PlayLanguage {
  return LANGUAGES.find((language) => language.id === id) ?? LANGUAGES[0]
}
