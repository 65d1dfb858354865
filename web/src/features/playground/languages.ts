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
  /** What the program may be given to read. */
  readonly input: string
}

export interface PlayLanguage {
  readonly id: string
  readonly title: string
  /** The first is what one begins with. */
  readonly examples: readonly [Example, ...Example[]]
}

const GREETING = { en: 'Greeting', de: 'Begrüßung' }

function greet(code: string): Example {
  return { id: 'greet', title: GREETING, code, input: 'Ada\n' }
}

const PYTHON: readonly [Example, ...Example[]] = [
  greet(pyGreet),
  { id: 'table', title: { en: 'Table', de: 'Tabelle' }, code: pyTable, input: '' },
  { id: 'guess', title: { en: 'Guess the number', de: 'Zahlenraten' }, code: pyGuess, input: '50\n25\n37\n' },
]

export const LANGUAGES: readonly [PlayLanguage, ...PlayLanguage[]] = [
  { id: 'python', title: 'Python', examples: PYTHON },
  { id: 'javascript', title: 'JavaScript', examples: [greet(jsGreet)] },
  { id: 'java', title: 'Java', examples: [greet(javaGreet)] },
  { id: 'cpp', title: 'C++', examples: [greet(cppGreet)] },
  { id: 'c', title: 'C', examples: [greet(cGreet)] },
  { id: 'typescript', title: 'TypeScript', examples: [greet(tsGreet)] },
  { id: 'go', title: 'Go', examples: [greet(goGreet)] },
  { id: 'rust', title: 'Rust', examples: [greet(rustGreet)] },
  { id: 'bash', title: 'Bash', examples: [greet(bashGreet)] },
  {
    id: 'sql',
    title: 'SQL',
    examples: [{ id: 'query', title: { en: 'Query', de: 'Abfrage' }, code: sqlQuery, input: '' }],
  },
  { id: 'r', title: 'R', examples: [greet(rGreet)] },
]

/** Return a language by its id, the first for an unknown one. */
export function languageOf(id: string | null): PlayLanguage {
  return LANGUAGES.find((language) => language.id === id) ?? LANGUAGES[0]
}
