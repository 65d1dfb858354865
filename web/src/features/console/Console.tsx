/** What a program prints, how it ended, and what it is given to read. */

import './console.css'

import { useEffect, useId, useRef, useState, useSyncExternalStore } from 'react'

import { RefusedError } from '../../api/channel'
import { UnreachableError } from '../../api/client'
import { formatCount, formatMegabytes, formatSeconds, sentence } from '../../app/format'
import { useLanguage, useTexts } from '../../app/language'
import { texts } from './texts'
import type { RunControl, RunState } from './useRun'

export interface ConsoleProps {
  readonly run: RunControl
}

export function Console({ run }: ConsoleProps) {
  return (
    <div className="console">
      <Status state={run.state} />
      <Output state={run.state} transcript={run.transcript} />
      {run.state.phase === 'running' ? <Input run={run} /> : null}
    </div>
  )
}

// A program that has ended by then has asked for nothing.
const ASKED_MS = 400

/** The line that is typed for the program; it is where one types as long as the program runs. */
function Input({ run }: ConsoleProps) {
  const text = useTexts(texts)
  const id = useId()
  const [line, setLine] = useState('')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const before = document.activeElement
    const timer = setTimeout(() => field.current?.focus(), ASKED_MS)
    return () => {
      clearTimeout(timer)
      // Back to where one was, unless one has gone elsewhere meanwhile.
      const nowhere = document.activeElement === null || document.activeElement === document.body
      if (nowhere && before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <form
      className="console-input"
      onSubmit={(event) => {
        event.preventDefault()
        run.input(line)
        setLine('')
      }}
    >
      <label htmlFor={id}>{text.input}</label>
      <div className="console-line">
        <input
          ref={field}
          id={id}
          className="field mono"
          value={line}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => setLine(event.target.value)}
          onKeyDown={(event) => {
            if (event.key.toLowerCase() !== 'd' || !event.ctrlKey) return
            event.preventDefault()
            run.endInput()
          }}
        />
        <button type="submit" className="button">
          {text.send}
        </button>
        <button type="button" className="button quiet" onClick={run.endInput}>
          {text.endInput}
        </button>
      </div>
    </form>
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
              {end.success ? `✓ ${text.finished(seconds)}` : `✗ ${sentence(end.reason)}`}
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
  if (error instanceof RefusedError) return error.message
  return `${text.ours} ${error.message}`
}

function Output({ state, transcript }: Pick<RunControl, 'state' | 'transcript'>) {
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
