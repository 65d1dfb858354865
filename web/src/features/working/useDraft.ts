/** The program of one assignment: a draft for each language, kept in this browser. */

import { useCallback, useState } from 'react'

import type { AssignmentDetails } from '../../api/platform'
import { forget, keep, readKept } from '../../app/kept'

export interface Draft {
  readonly language: string
  readonly code: string
  readonly kept: boolean
  readonly changed: boolean
  readonly fileName: string
  readonly chooseLanguage: (language: string) => void
  readonly write: (code: string) => void
  readonly restore: () => void
}

interface State {
  readonly language: string
  readonly code: string
  readonly kept: boolean
}

export function useDraft(assignment: AssignmentDetails, owner: string): Draft {
  const { id, languages, starter, file_names } = assignment
  // Two people may use one browser: neither sees the other's.
  const place = `draft.${owner}.${id}`
  const nameOf = useCallback((language: string) => `${place}.${language}`, [place])
  const given = (language: string) => starter[language] ?? ''
  const open = (asked: string | null): State => {
    const language = languages.find((each) => each === asked) ?? languages[0] ?? ''
    return { language, code: readKept(nameOf(language)) ?? given(language), kept: true }
  }
  const [state, setState] = useState(() => open(readKept(`${place}.language`)))

  const write = useCallback(
    (code: string) =>
      setState((now) => (code === now.code ? now : { ...now, code, kept: keep(nameOf(now.language), code) })),
    [nameOf],
  )
  return {
    ...state,
    changed: state.code !== given(state.language),
    fileName: file_names[state.language] ?? '',
    write,
    chooseLanguage: (language) => {
      keep(`${place}.language`, language)
      setState(open(language))
    },
    restore: () => {
      forget(nameOf(state.language))
      setState(open(state.language))
    },
  }
}
