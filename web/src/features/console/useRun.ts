/** The program that runs now, or ran last, and what it wrote. */

import { useCallback, useEffect, useReducer, useRef, useState } from 'react'

import type { Run, RunEnd, RunListener } from '../../api/run'
import { Transcript } from './transcript'

export type RunState =
  | { readonly phase: 'idle' | 'compiling' | 'running' | 'stopped' }
  | { readonly phase: 'ended'; readonly end: RunEnd }
  | { readonly phase: 'failed'; readonly error: Error }

export interface RunControl {
  readonly state: RunState
  readonly busy: boolean
  readonly transcript: Transcript
  /** Start what `begin` starts, in place of what runs. */
  readonly start: (begin: (listener: RunListener) => Run) => void
  readonly stop: () => void
  /** Give a line to the program; it is shown where it was typed. */
  readonly input: (line: string) => void
  readonly endInput: () => void
}

export function useRun(): RunControl {
  const [state, setState] = useReducer((_: RunState, next: RunState) => next, { phase: 'idle' })
  const [transcript] = useState(() => new Transcript())
  const current = useRef<{ run: Run | null } | null>(null)

  const stop = useCallback(() => {
    const stopped = current.current
    if (stopped === null) return
    current.current = null
    stopped.run?.stop()
    setState({ phase: 'stopped' })
  }, [])

  const start = useCallback(
    (begin: (listener: RunListener) => Run) => {
      current.current?.run?.stop()
      transcript.clear()
      const mine: { run: Run | null } = { run: null }
      current.current = mine
      // What an earlier program still says is no longer of interest.
      const told = (tell: () => void) => {
        if (current.current === mine) tell()
      }
      const end = (next: RunState) =>
        told(() => {
          current.current = null
          setState(next)
        })
      setState({ phase: 'running' })
      mine.run = begin({
        compiling: () => told(() => setState({ phase: 'compiling' })),
        started: () => told(() => setState({ phase: 'running' })),
        output: (stream, text) => told(() => transcript.add(stream, text)),
        ended: (result) => end({ phase: 'ended', end: result }),
        failed: (error) => end({ phase: 'failed', error }),
      })
    },
    [transcript],
  )

  const input = useCallback(
    (line: string) => {
      transcript.add('input', `${line}\n`)
      current.current?.run?.input(`${line}\n`)
    },
    [transcript],
  )
  const endInput = useCallback(() => current.current?.run?.endInput(), [])

  useEffect(
    () => () => {
      current.current?.run?.stop()
      current.current = null
    },
    [],
  )

  const busy = state.phase === 'running' || state.phase === 'compiling'
  return { state, busy, transcript, start, stop, input, endInput }
}
