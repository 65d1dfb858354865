/** What a program prints, how it ended, and what it is given to read. */

import './console.css'

import { useEffect, useId, useRef, useSyncExternalStore } from 'react'

import { ProblemError, UnreachableError } from '../../api/client'
import { formatCount, formatMegabytes, formatSeconds } from '../../app/format'
import { useLanguage, useTexts } from '../../app/language'
import { texts } from './texts'
import type { Transcript } from './transcript'
import type { RunState } from './useRun'

export interface ConsoleProps {
  readonly state: RunState
  readonly transcript: Transcript
  readonly stdin: string
  readonly onStdin: (text: string) => void
}

export function Console({ state, transcript, stdin, onStdin }: ConsoleProps) {
  const text = useTexts(texts)
  const id = useId()
  return (
    <div className="console">
      <Status state={state} />
      <Output state={state} transcript={transcript} />
      <div className="console-input">
        <label htmlFor={id}>{text.input}</label>
        <textarea
          id={id}
          aria-describedby={`${id}-help`}
          className="field mono"
          rows={3}
          value={stdin}
          spellCheck={false}
          onChange={(event) => onStdin(event.target.value)}
        />
        <small id={`${id}-help`} className="soft">
          {text.inputHelp}
        </small>
      </div>
    </div>
  )
}

function Status({ state }: { readonly state: RunState }) {
  return (
    <div className="console-status" role="status">
      <Said state={state} />
    </div>
  )
}

function Said({ state }: { readonly state: RunState }) {
  const text = useTexts(texts)
  const { language } = useLanguage()
  switch (state.phase) {
    case 'idle':
      return <p className="soft">{text.idle}</p>
    case 'compiling':
      return <p className="soft">◌ {text.compiling}</p>
    case 'running':
      return <p className="soft">◌ {text.running}</p>
    case 'stopped':
      return <p className="soft">■ {text.stopped}</p>
    case 'failed':
      return (
        <>
          <p className="bad">
            <b>! {text.failed}</b>
          </p>
          <p>{failureText(state.error, text)}</p>
        </>
      )
    case 'ended': {
      const { end } = state
      const seconds = formatSeconds(language, end.execution_time)
      return (
        <>
          <p>
            <b className={end.success ? 'ok' : 'bad'}>
              {end.success ? `✓ ${text.finished(seconds)}` : `✗ ${end.reason}`}
            </b>
            <span className="soft">
              {end.success ? '' : `${seconds} · `}
              {text.memory(formatMegabytes(language, end.memory_used))}
            </span>
          </p>
          {end.truncated ? <p className="warn">{text.truncated}</p> : null}
        </>
      )
    }
  }
}

/** Say what kept a program from running, and whose fault it is. */
function failureText(error: Error, text: (typeof texts)['en']): string {
  if (error instanceof UnreachableError) return text.unreachable
  if (error instanceof ProblemError && error.status < 500) return error.message
  return `${text.ours} ${error.message}`
}

function Output({ state, transcript }: Pick<ConsoleProps, 'state' | 'transcript'>) {
  const text = useTexts(texts)
  const { language } = useLanguage()
  const { pieces, left } = useSyncExternalStore(transcript.subscribe, transcript.snapshot)
  const place = useRef<HTMLPreElement>(null)
  const follows = useRef(true)
  useEffect(() => {
    const pre = place.current
    if (pre !== null && follows.current) pre.scrollTop = pre.scrollHeight
  }, [pieces])
  if (pieces.length === 0) {
    const silent = state.phase === 'ended' && state.end.success
    return <div className="console-output">{silent ? <p className="soft">{text.nothingPrinted}</p> : null}</div>
  }
  return (
    <div className="console-output">
      {left > 0 ? <p className="soft">{text.left(formatCount(language, left))}</p> : null}
      <pre
        ref={place}
        tabIndex={0}
        role="region"
        aria-label={text.output}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
          // Whoever scrolled up reads there, and new output does not take them away.
          follows.current = scrollHeight - scrollTop - clientHeight < 30
        }}
      >
        {pieces.map((piece, index) => (
          <span key={index} className={piece.kind}>
            {piece.text}
          </span>
        ))}
      </pre>
    </div>
  )
}
