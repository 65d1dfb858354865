/** The program in the editor: one for each example of each language, all kept in this browser. */

import { useCallback, useState } from 'react'

import { forget, keep, readKept } from '../../app/kept'
import { type Example, languageOf, type PlayLanguage } from './languages'

export interface ProgramChoice {
  readonly language: PlayLanguage
  readonly example: Example
  readonly code: string
  /** Whether the browser keeps what is written. */
  readonly kept: boolean
  readonly chooseLanguage: (id: string) => void
  readonly chooseExample: (id: string) => void
  readonly write: (code: string) => void
  /** Put the example back as it was given. */
  readonly restore: () => void
}

interface State {
  readonly language: PlayLanguage
  readonly example: Example
  readonly code: string
  readonly kept: boolean
}

function nameOf(state: Pick<State, 'language' | 'example'>): string {
  return `play.code.${state.language.id}.${state.example.id}`
}

function open(languageId: string | null, exampleId: string | null): State {
  const language = languageOf(languageId)
  const example = language.examples.find((each) => each.id === exampleId) ?? language.examples[0]
  const place = { language, example }
  return {
    ...place,
    code: readKept(nameOf(place)) ?? example.code,
    kept: keep('play.language', language.id) && keep(`play.example.${language.id}`, example.id),
  }
}

export function useProgram(): ProgramChoice {
  const [state, setState] = useState(() => {
    const language = languageOf(readKept('play.language'))
    return open(language.id, readKept(`play.example.${language.id}`))
  })
  const chooseLanguage = useCallback((id: string) => setState(open(id, readKept(`play.example.${id}`))), [])
  const chooseExample = useCallback((id: string) => setState((now) => open(now.language.id, id)), [])
  const write = useCallback(
    (code: string) =>
      setState((now) => (code === now.code ? now : { ...now, code, kept: keep(nameOf(now), code) })),
    [],
  )
  const restore = useCallback(
    () =>
      setState((now) => {
        forget(nameOf(now))
        return open(now.language.id, now.example.id)
      }),
    [],
  )
  return { ...state, chooseLanguage, chooseExample, write, restore }
}
