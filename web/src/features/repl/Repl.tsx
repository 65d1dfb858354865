/** A Python prompt that keeps its variables. */

import './repl.css'

import { useEffect, useId, useRef, useState } from 'react'

import { useTexts } from '../../app/language'
import { isComplete } from './complete'
import { texts } from './texts'
import { type Entry, type ReplControl, useRepl } from './useRepl'

export interface ReplProps {
  /** Whether it is in view: then it takes the focus when it is ready. */
  readonly shown: boolean
}

export function Repl({ shown }: ReplProps) {
  const text = useTexts(texts)
  const repl = useRepl()
  const { phase, entries, reason } = repl
  if (phase === 'off') {
    return (
      <div className="repl-off">
        <p>{text.about}</p>
        <button type="button" className="button primary" onClick={repl.start}>
          {text.start}
        </button>
      </div>
    )
  }
  const says = { starting: text.starting, ready: text.ready, running: text.running, asking: text.asks, lost: text.lost }
  return (
    <div className="repl">
      <div className="repl-bar">
        <span role="status" className={phase === 'lost' ? 'bad' : 'soft'}>
          {phase === 'lost' && reason !== '' ? reason : says[phase]}
        </span>
        {phase === 'running' || phase === 'asking' ? (
          <button type="button" className="button" onClick={repl.interrupt}>
            {text.interrupt}
          </button>
        ) : null}
        {phase === 'lost' ? (
          <button type="button" className="button" onClick={repl.start}>
            {text.again}
          </button>
        ) : (
          <button type="button" className="button quiet" onClick={repl.reset}>
            {text.reset}
          </button>
        )}
      </div>
      <Transcript entries={entries} />
      {phase === 'lost' || phase === 'starting' ? null : <Prompt repl={repl} shown={shown} />}
    </div>
  )
}

function Transcript({ entries }: { readonly entries: readonly Entry[] }) {
  const text = useTexts(texts)
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    place.current?.scrollTo(0, place.current.scrollHeight)
  }, [entries])
  return (
    <div ref={place} className="repl-transcript" role="log" tabIndex={0} aria-label={text.transcript}>
      {entries.map((entry, index) => (
        <Shown key={index} entry={entry} />
      ))}
    </div>
  )
}

function Shown({ entry }: { readonly entry: Entry }) {
  const text = useTexts(texts)
  if (entry.kind === 'image') {
    return <img className="repl-figure" alt={text.figure} src={`data:${entry.mime};base64,${entry.data}`} />
  }
  // A table; the server lets through no links, images, styles or scripts.
  if (entry.kind === 'html') return <div className="repl-html" dangerouslySetInnerHTML={{ __html: entry.text }} />
  if (entry.kind === 'note') return <p className="soft">{text.wasReset}</p>
  return <pre className={`repl-${entry.kind}`}>{entry.text}</pre>
}

function Prompt({ repl, shown }: { readonly repl: ReplControl; readonly shown: boolean }) {
  const text = useTexts(texts)
  const id = useId()
  const asking = repl.phase === 'asking'
  const [typed, setTyped] = useState('')
  const [earlier, setEarlier] = useState<readonly string[]>([])
  const [at, setAt] = useState(0)
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    if (shown) field.current?.focus()
  }, [shown])

  const send = () => {
    if (asking) {
      repl.answer(typed)
    } else {
      if (typed.trim() === '') return
      repl.execute(typed)
      setEarlier([...earlier, typed.trimEnd()])
      setAt(earlier.length + 1)
    }
    setTyped('')
  }
  const bring = (index: number) => {
    if (index < 0 || index > earlier.length) return
    setAt(index)
    setTyped(earlier[index] ?? '')
  }
  return (
    <div className="repl-prompt">
      <label htmlFor={id} className="visually-hidden">
        {asking ? text.answer : text.prompt}
      </label>
      <span aria-hidden="true" className="mono">
        {asking ? '?' : '>>>'}
      </span>
      <textarea
        ref={field}
        id={id}
        className="field mono"
        aria-describedby={`${id}-hint`}
        rows={Math.min(8, typed.split('\n').length)}
        value={typed}
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          const single = !typed.includes('\n')
          if (event.key === 'Enter' && !event.shiftKey && (asking || isComplete(typed))) {
            event.preventDefault()
            event.stopPropagation()
            send()
          } else if (event.key === 'ArrowUp' && single && !asking) {
            event.preventDefault()
            bring(at - 1)
          } else if (event.key === 'ArrowDown' && single && !asking) {
            event.preventDefault()
            bring(at + 1)
          } else if (event.key === 'c' && event.ctrlKey && repl.phase !== 'ready') {
            event.preventDefault()
            repl.interrupt()
          }
        }}
      />
      <small id={`${id}-hint`} className="soft">
        {text.hint}
      </small>
    </div>
  )
}
