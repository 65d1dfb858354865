/** The names of the programming languages, as people write them. */

const TITLES: Readonly<Record<string, string>> = {
  python: 'Python',
  javascript: 'JavaScript',
  java: 'Java',
  cpp: 'C++',
  c: 'C',
  typescript: 'TypeScript',
  go: 'Go',
  rust: 'Rust',
  bash: 'Bash',
  sql: 'SQL',
  r: 'R',
}

/** Return the name of a language; an unknown one is called by its id. */
export function titleOf(language: string): string {
  return TITLES[language] ?? language
}
