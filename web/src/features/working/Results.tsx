/** What grading has found, opened at the first failure. */

import { useState } from 'react'

import { ProblemError, UnreachableError } from '../../api/client'
import type { AssignmentDetails, Diagnostic, Submission, Test, View } from '../../api/platform'
import type { Progress } from '../../api/watchSubmission'
import { formatCount, formatSeconds, sentence } from '../../app/format'
import { useLanguage, useTexts } from '../../app/language'
import { DifferenceView } from './DifferenceView'
import { type Texts, texts } from './texts'
import type { SubmissionControl } from './useSubmission'

export interface ResultsProps {
  readonly assignment: AssignmentDetails
  readonly submission: SubmissionControl
  readonly onLine: (line: number) => void
}

export function Results({ assignment, submission, onLine }: ResultsProps) {
  const text = useTexts(texts)
  const { language } = useLanguage()
  const { shown, error, sending } = submission
  return (
    <div className="results">
      <div role="status">
        {error !== null && !sending ? (
          <div className="test-card bad-card">
            <h2 className="bad">! {text.notSent}</h2>
            <p>{error instanceof UnreachableError ? text.unreachable : notSentText(error)}</p>
          </div>
        ) : null}
        <p className="soft">{wayOf(submission, text, language)}</p>
      </div>
      {shown === null && !sending && error === null ? <p className="soft">{text.noResults}</p> : null}
      {shown?.status === 'platform-fault' ? (
        <div className="test-card">
          <h2 className="warn">! {text.fault}</h2>
          <p>{text.faultText}</p>
        </div>
      ) : null}
      {shown?.view ? <Graded key={shown.id} view={shown.view} assignment={assignment} onLine={onLine} /> : null}
    </div>
  )
}

function notSentText(error: Error): string {
  return error instanceof ProblemError ? error.message : String(error)
}

function wayOf({ sending, shown, progress }: SubmissionControl, text: Texts, language: 'en' | 'de'): string | null {
  if (sending) return `◌ ${text.sending}`
  if (shown === null || shown.status === 'platform-fault') return null
  if (shown.status === 'graded') {
    const { view } = shown
    if (view === null) return null
    return text.gradedSaid(formatCount(language, view.earned), formatCount(language, view.total))
  }
  return `◌ ${progressText(progress, text, language)}`
}

function progressText(progress: Progress | null, text: Texts, language: 'en' | 'de'): string {
  switch (progress?.phase) {
    case undefined:
      return text.waiting
    case 'compiling':
      return text.compiling
    case 'testing':
      return text.testing(formatCount(language, Math.min(progress.done + 1, progress.total)), formatCount(language, progress.total))
    case 'queued': {
      const place = progress.place === null ? text.queuedUnknown : text.queued(formatCount(language, progress.place))
      return progress.estimateS === null ? place : `${place}, ${text.about(formatSeconds(language, progress.estimateS))}`
    }
  }
}

/** Return the index of the test to open: the first visible one that failed, -1 if there is none. */
export function firstFailure(tests: readonly Test[]): number {
  return tests.findIndex((test) => !test.hidden && test.verdict !== 'accepted')
}

interface GradedProps {
  readonly view: View
  readonly assignment: AssignmentDetails
  readonly onLine: (line: number) => void
}

function Graded({ view, assignment, onLine }: GradedProps) {
  const text = useTexts(texts)
  const { language } = useLanguage()
  const first = firstFailure(view.tests)
  const right = view.verdict === 'accepted'
  const refused = view.compile_message !== null || view.diagnostics.length > 0
  const rows = view.tests.map((test, index) => ({ test, index }))
  // The first failure first; the others stay in the exercise's order.
  const ordered = first === -1 ? rows : [...rows.slice(first, first + 1), ...rows.filter(({ index }) => index !== first)]
  return (
    <>
      {right ? <p className="ok all-right">✓ {text.allRight}</p> : null}
      {refused ? <Refused view={view} onLine={onLine} /> : null}
      <ol className="tests">
        {(refused ? [] : ordered).map(({ test, index }) => (
          <li key={index} id={`test-${index}`} tabIndex={-1}>
            <TestRow test={test} opened={index === first} onLine={onLine} />
          </li>
        ))}
      </ol>
      {!refused && view.tests.some((test) => test.hidden) ? <p className="soft">{text.hiddenNote}</p> : null}
      {assignment.hints.map((hint, index) => (
        <div key={hint} className="hint">
          <b>{text.hint(formatCount(language, index + 1), formatCount(language, assignment.hint_count))}</b>
          {hint}
        </div>
      ))}
    </>
  )
}

function Refused({ view, onLine }: { readonly view: View; readonly onLine: (line: number) => void }) {
  const text = useTexts(texts)
  return (
    <section className="test-card bad-card">
      <h2 className="bad">✗ {text.doesNotCompile}</h2>
      {view.diagnostics.map((diagnostic, index) => (
        <Place key={index} {...placeOf(diagnostic)} onLine={onLine} />
      ))}
      {view.compile_message === null ? null : (
        <pre tabIndex={0} role="group" aria-label={text.errors}>
          {view.compile_message}
        </pre>
      )}
    </section>
  )
}

function placeOf({ text, line, excerpt }: Diagnostic) {
  return { words: text, line, excerpt }
}

interface PlaceProps {
  readonly words: string
  readonly line: number | null
  readonly excerpt: string
  readonly onLine: (line: number) => void
}

/** A place in the student's program, which a click shows in the editor. */
function Place({ words, line, excerpt, onLine }: PlaceProps) {
  const text = useTexts(texts)
  return (
    <p className="place">
      {line === null ? null : (
        <button type="button" className="link" onClick={() => onLine(line)}>
          {text.line(line)}
        </button>
      )}
      <span>{words}</span>
      {excerpt === '' ? null : <code>{excerpt}</code>}
    </p>
  )
}

interface TestRowProps {
  readonly test: Test
  readonly opened: boolean
  readonly onLine: (line: number) => void
}

function TestRow({ test, opened, onLine }: TestRowProps) {
  const text = useTexts(texts)
  const { language } = useLanguage()
  const [open, setOpen] = useState(opened)
  const passed = test.verdict === 'accepted'
  const points = text.points(formatCount(language, test.earned), formatCount(language, test.points))
  const what = text.verdicts[test.verdict] ?? test.verdict
  const heading = (
    <>
      <span className={`sign ${passed ? 'ok' : 'bad'}`} aria-hidden="true">
        {passed ? '✓' : '✗'}
      </span>
      <span className="test-name">{test.name}</span>
      <span className="soft">
        {test.hidden ? `${text.hidden} · ` : ''}
        {what} · {points}
      </span>
    </>
  )
  if (test.details === null) {
    return (
      <div className="test-row hidden-test">
        {heading}
        {test.text === '' ? null : <p>{test.text}</p>}
      </div>
    )
  }
  const { details } = test
  return (
    <details
      className={`test-row ${passed ? '' : 'failed-test'}`}
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>{heading}</summary>
      <div className="test-details">
        {test.text === '' ? null : <p>{test.text}</p>}
        {passed ? <p className="soft">{formatSeconds(language, details.wall_ms / 1000)}</p> : <p>{sentence(details.reason)}</p>}
        {details.trace === null ? null : (
          <>
            <p>
              <b>{details.trace.error}</b>
            </p>
            {details.trace.frames.map((frame, index) => (
              <Place key={index} words={frame.function} line={frame.line} excerpt={frame.excerpt} onLine={onLine} />
            ))}
          </>
        )}
        <Text name={text.input} value={details.input} />
        {details.difference === null ? (
          <>
            <Text name={text.expected} value={details.expected} />
            <Text name={text.printed} value={details.actual} />
          </>
        ) : (
          <DifferenceView difference={details.difference} />
        )}
        {details.trace === null ? <Text name={text.errors} value={details.stderr} /> : null}
        {details.parts.some((part) => part.verdict !== 'accepted') ? (
          <>
            <p>
              <b>{text.parts}</b>
            </p>
            <ul className="parts">
              {details.parts
                .filter((part) => part.verdict !== 'accepted')
                .map((part, index) => (
                  <li key={index}>
                    <code>{part.name}</code> {part.reason}
                  </li>
                ))}
            </ul>
          </>
        ) : null}
      </div>
    </details>
  )
}

function Text({ name, value }: { readonly name: string; readonly value: string }) {
  if (value === '') return null
  return (
    <div className="io">
      <span className="soft">{name}</span>
      <pre tabIndex={0} role="group" aria-label={name}>
        {value}
      </pre>
    </div>
  )
}

/** One mark for each test, always in view; each leads to its test. */
export function Strip({ submission, onTest }: { readonly submission: Submission; readonly onTest: (index: number) => void }) {
  const text = useTexts(texts)
  const { language } = useLanguage()
  const { view } = submission
  if (view === null) return null
  return (
    <div className="strip">
      <ul aria-label={text.strip}>
        {view.tests.map((test, index) => {
          const passed = test.verdict === 'accepted'
          return (
            <li key={index}>
              <button type="button" className={`chip ${passed ? 'ok' : 'bad'}`} onClick={() => onTest(index)}>
                <span aria-hidden="true">{passed ? '✓' : '✗'}</span> {test.name}
                <span className="visually-hidden">{passed ? text.passed : text.failed}</span>
              </button>
            </li>
          )
        })}
      </ul>
      <span className="strip-points">
        <b>{text.points(formatCount(language, view.earned), formatCount(language, view.total))}</b>{' '}
        <span className="soft">{text.attempt(formatCount(language, submission.attempt))}</span>
      </span>
    </div>
  )
}
