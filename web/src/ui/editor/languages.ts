/** The grammars of the editor; each is loaded when its language is first shown. */

import { type LanguageSupport, StreamLanguage } from '@codemirror/language'
import type { Extension } from '@codemirror/state'

const LOADERS: Readonly<Record<string, () => Promise<Extension>>> = {
  python: async () => (await import('@codemirror/lang-python')).python(),
  javascript: async () => (await import('@codemirror/lang-javascript')).javascript(),
  typescript: async () => (await import('@codemirror/lang-javascript')).javascript({ typescript: true }),
  java: async () => (await import('@codemirror/lang-java')).java(),
  c: cpp,
  cpp,
  go: async () => (await import('@codemirror/lang-go')).go(),
  rust: async () => (await import('@codemirror/lang-rust')).rust(),
  sql: async () => {
    const { sql, SQLite } = await import('@codemirror/lang-sql')
    return sql({ dialect: SQLite })
  },
  bash: async () => StreamLanguage.define((await import('@codemirror/legacy-modes/mode/shell')).shell),
  r: async () => StreamLanguage.define((await import('@codemirror/legacy-modes/mode/r')).r),
}

async function cpp(): Promise<LanguageSupport> {
  return (await import('@codemirror/lang-cpp')).cpp()
}

/** How much one step of indentation is, in spaces, as the language's own style guide says. */
const INDENT: Readonly<Record<string, number>> = { javascript: 2, typescript: 2, r: 2, sql: 2, bash: 2 }

/** Return the grammar of a language; an unknown one has none. */
export async function loadGrammar(language: string): Promise<Extension> {
  return (await LOADERS[language]?.()) ?? []
}

/** Return one step of indentation. */
export function indentOf(language: string): string {
  return ' '.repeat(INDENT[language] ?? 4)
}
