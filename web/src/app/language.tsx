/**
 * The page's language and its texts.
 *
 * Each feature has a catalogue: one object of texts per language, all of one type, so that the
 * compiler finds a text that is missing. A text with values is a function of them.
 */

import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react'

import { keep, readKept } from './kept'

export const LANGUAGES = ['en', 'de'] as const
export type Language = (typeof LANGUAGES)[number]
export type Catalogue<Texts> = Readonly<Record<Language, Texts>>

interface Choice {
  readonly language: Language
  readonly choose: (language: Language) => void
}

const Context = createContext<Choice>({ language: 'en', choose: () => undefined })

const NAME = 'language'

/** Return the first language that we have, of those that are asked for; English if none is. */
export function pickLanguage(asked: readonly (string | null)[]): Language {
  for (const tag of asked) {
    const primary = tag?.toLowerCase().split('-')[0]
    const found = LANGUAGES.find((language) => language === primary)
    if (found !== undefined) return found
  }
  return 'en'
}

/** Give a language to the components below: the kept one, else the browser's. */
export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(() => pickLanguage([readKept(NAME), ...navigator.languages]))
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const choose = useCallback((chosen: Language) => {
    keep(NAME, chosen)
    setLanguage(chosen)
  }, [])
  const choice = useMemo(() => ({ language, choose }), [language, choose])
  return <Context value={choice}>{children}</Context>
}

/** Return the page's language and what changes it. */
export function useLanguage(): Choice {
  return use(Context)
}

/** Return the texts of a catalogue in the page's language. */
export function useTexts<Texts>(catalogue: Catalogue<Texts>): Texts {
  return catalogue[use(Context).language]
}
