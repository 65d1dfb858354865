/** A REPL session: what was typed and answered, and what may be done now. */

import { useCallback, useEffect, useReducer, useRef } from 'react'

import { type Channel, type Message, openChannel, RefusedError } from '../../api/channel'

export type Entry =
  | { readonly kind: 'code' | 'stdout' | 'stderr' | 'input' | 'note' | 'html'; readonly text: string }
  | { readonly kind: 'image'; readonly mime: string; readonly data: string }

export type ReplPhase = 'off' | 'starting' | 'ready' | 'running' | 'asking' | 'lost'

export interface ReplState {
  readonly phase: ReplPhase
  readonly entries: readonly Entry[]
  /** How many commands have no result yet: one may type ahead. */
  readonly pending: number
  /** Why there is none, where the server said so. */
  readonly reason: string
}

export interface ReplControl extends ReplState {
  readonly start: () => void
  readonly execute: (code: string) => void
  readonly answer: (line: string) => void
  readonly interrupt: () => void
  readonly reset: () => void
}

/** Older entries are let go, so that the page stays quick. */
const MOST_ENTRIES = 500
const LONGEST_TEXT = 50_000
const PICTURES = new Set(['image/png', 'image/jpeg'])

export type Action =
  | { readonly type: 'begin' }
  | { readonly type: 'typed'; readonly kind: 'code' | 'input'; readonly text: string }
  | { readonly type: 'message'; readonly message: Message }
  | { readonly type: 'lost'; readonly reason: string }
  | { readonly type: 'reset' }

export const OFF: ReplState = { phase: 'off', entries: [], pending: 0, reason: '' }

/** Return the session after something happened; pure. */
export function advance(state: ReplState, action: Action): ReplState {
  switch (action.type) {
    case 'begin':
      return { ...OFF, phase: 'starting', entries: state.entries }
    case 'typed':
      return {
        ...state,
        phase: 'running',
        pending: state.pending + (action.kind === 'code' ? 1 : 0),
        entries: add(state.entries, { kind: action.kind, text: `${action.text}\n` }),
      }
    case 'lost':
      return { ...state, phase: 'lost', reason: action.reason }
    case 'reset':
      return { ...state, phase: 'starting' }
    case 'message':
      return told(state, action.message)
  }
}

function told(state: ReplState, message: Message): ReplState {
  const { entries } = state
  switch (message['type']) {
    case 'ready':
      return { ...state, phase: 'ready' }
    case 'reset_complete':
      return { ...OFF, phase: 'ready', entries: [{ kind: 'note', text: 'reset' }] }
    case 'output': {
      const kind = message['stream'] === 'stderr' ? 'stderr' : 'stdout'
      return { ...state, entries: add(entries, { kind, text: String(message['text']) }) }
    }
    case 'input_request':
      // The prompt is output of the program and was told as such, or stands only here.
      return { ...state, phase: 'asking', entries: withPrompt(entries, String(message['prompt'] ?? '')) }
    case 'display': {
      const mime = String(message['mime'])
      const data = String(message['data'])
      if (PICTURES.has(mime)) return { ...state, entries: add(entries, { kind: 'image', mime, data }) }
      if (mime === 'text/html') return { ...state, entries: add(entries, { kind: 'html', text: data }) }
      return state
    }
    // All that it holds was streamed before.
    case 'result': {
      const pending = Math.max(0, state.pending - 1)
      return { ...state, pending, phase: pending > 0 ? 'running' : 'ready' }
    }
    case 'warning':
    case 'error':
      return { ...state, entries: add(entries, { kind: 'stderr', text: `${String(message['message'])}\n` }) }
    default:
      return state
  }
}

function withPrompt(entries: readonly Entry[], prompt: string): readonly Entry[] {
  const last = entries.at(-1)
  const shown = last !== undefined && 'text' in last && last.kind === 'stdout' && last.text.endsWith(prompt)
  return prompt === '' || shown ? entries : add(entries, { kind: 'stdout', text: prompt })
}

function add(entries: readonly Entry[], entry: Entry): readonly Entry[] {
  const last = entries.at(-1)
  if (last !== undefined && 'text' in last && 'text' in entry && last.kind === entry.kind && entry.kind.startsWith('std')) {
    const text = (last.text + entry.text).slice(-LONGEST_TEXT)
    return [...entries.slice(0, -1), { kind: entry.kind, text }]
  }
  return [...entries, entry].slice(-MOST_ENTRIES)
}

export function useRepl(): ReplControl {
  const [state, dispatch] = useReducer(advance, OFF)
  const channel = useRef<Channel | null>(null)
  const start = useCallback(() => {
    channel.current?.close()
    dispatch({ type: 'begin' })
    channel.current = openChannel('ws/repl', {
      opened: () => undefined,
      message: (message) => dispatch({ type: 'message', message }),
      lost: (error) => dispatch({ type: 'lost', reason: error instanceof RefusedError ? error.message : '' }),
    })
  }, [])
  useEffect(() => () => channel.current?.close(), [])
  return {
    ...state,
    start,
    execute: (code) => {
      dispatch({ type: 'typed', kind: 'code', text: code.trimEnd() })
      channel.current?.send({ type: 'execute', code, stream: true })
    },
    answer: (line) => {
      dispatch({ type: 'typed', kind: 'input', text: line })
      channel.current?.send({ type: 'input', text: line })
    },
    interrupt: () => channel.current?.send({ type: 'interrupt' }),
    reset: () => {
      dispatch({ type: 'reset' })
      channel.current?.send({ type: 'reset' })
    },
  }
}
