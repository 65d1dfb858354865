/** `/assignments/…`: the student's working page: task, editor, results. */

import './working.css'

import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useCallback, useEffect, useId, useRef, useState } from 'react'

import { type AssignmentDetails, assignmentQuery, meQuery } from '../../api/platform'
import { socketRun } from '../../api/socketRun'
import { Bar } from '../../app/Bar'
import { setServerTime, useNow } from '../../app/clock'
import { titleOf } from '../../app/codeLanguages'
import { useLanguage, useTexts } from '../../app/language'
import { Failed, Loading } from '../../app/notices'
import { Editor, type EditorHandle, type Position } from '../../ui/editor/Editor'
import { Select } from '../../ui/Select'
import { type TabSpec, Tabs } from '../../ui/Tabs'
import { useKey } from '../../ui/useKey'
import { useNarrow } from '../../ui/useNarrow'
import { Console } from '../console/Console'
import { useRun } from '../console/useRun'
import { DeadlineText } from '../courses/DeadlineText'
import { attemptsLeft, isOpen } from '../courses/standing'
import { Attempts } from './Attempts'
import { firstFailure, Results, Strip } from './Results'
import { texts } from './texts'
import { type Draft, useDraft } from './useDraft'
import { useSubmission } from './useSubmission'

const NARROW = 700
const WIDE = 1024

export default function Working() {
  const { assignmentId } = useParams({ from: '/assignments/$assignmentId' })
  const { language } = useLanguage()
  const me = useQuery(meQuery)
  const assignment = useQuery(assignmentQuery(assignmentId, language))
  const time = assignment.data?.server_time
  useEffect(() => {
    if (time !== undefined) setServerTime(time)
  }, [time])
  const failed = me.error ?? assignment.error
  if (me.data !== undefined && assignment.data !== undefined) {
    return <Desk key={assignmentId} assignment={assignment.data} owner={me.data.id} />
  }
  return (
    <div className="shell">
      <Bar where={null} />
      {failed === null ? (
        <Loading />
      ) : (
        <Failed
          error={failed}
          onRetry={() => {
            void me.refetch()
            void assignment.refetch()
          }}
        />
      )}
    </div>
  )
}

interface DeskProps {
  readonly assignment: AssignmentDetails
  readonly owner: string
}

function Desk({ assignment, owner }: DeskProps) {
  const text = useTexts(texts)
  const draft = useDraft(assignment, owner)
  const run = useRun()
  const submission = useSubmission(assignment.id)
  const narrow = useNarrow(NARROW)
  const wide = !useNarrow(WIDE)
  const [tab, setTab] = useState(narrow ? 'editor' : wide ? 'results' : 'statement')
  const editor = useRef<EditorHandle>(null)
  const now = useNow()

  useEffect(() => {
    document.title = `${assignment.title} · carrel`
  }, [assignment.title])

  const { language, code } = draft
  const { start } = run
  const begin = useCallback(() => {
    setTab('console')
    start((listener) => socketRun({ code, language }, listener))
  }, [start, code, language])

  const left = attemptsLeft(assignment)
  const open = isOpen(assignment, now)
  const { send, sending, shown } = submission
  const grading = sending || shown?.status === 'queued' || shown?.status === 'running'
  const mayHandIn = open && left !== 0 && !grading
  const handIn = useCallback(() => {
    if (!mayHandIn) return
    setTab('results')
    send(language, [{ name: draft.fileName, content: code }])
  }, [mayHandIn, send, language, code, draft.fileName])
  useKey('Enter', begin)
  useKey('Enter', handIn, { shift: true })

  const goToLine = useCallback(
    (line: number) => {
      if (narrow) setTab('editor')
      // After the editor is in view.
      requestAnimationFrame(() => editor.current?.goTo(line))
    },
    [narrow],
  )
  const goToTest = useCallback((index: number) => {
    setTab('results')
    requestAnimationFrame(() => {
      const row = document.getElementById(`test-${index}`)
      row?.querySelector('details')?.setAttribute('open', '')
      row?.scrollIntoView({ block: 'nearest' })
      row?.focus({ preventScroll: true })
    })
  }, [])

  const statement = <Statement assignment={assignment} />
  const program = <ProgramPane draft={draft} marked={markedLines(shown?.view ?? null, draft, shown)} handle={editor} />
  const tabs: TabSpec[] = [
    ...(narrow ? [{ id: 'editor', title: text.editorTab, content: program }] : []),
    ...(wide ? [] : [{ id: 'statement', title: text.statement, content: statement }]),
    {
      id: 'results',
      title: text.results,
      content: <Results assignment={assignment} submission={submission} onLine={goToLine} />,
    },
    { id: 'console', title: text.console, content: <Console run={run} /> },
    {
      id: 'attempts',
      title: text.attempts,
      content: tab !== 'attempts' ? null : (
        <Attempts
          attempts={submission.attempts}
          shown={shown?.id ?? null}
          onShow={(id) => {
            submission.show(id)
            setTab('results')
          }}
        />
      ),
    },
  ]
  const tabShown = tabs.some(({ id }) => id === tab) ? tab : 'results'
  const kept = text.attemptsLeft(left ?? 0, assignment.max_attempts ?? 0)
  const refusal = open ? (left === 0 ? text.noneLeft : null) : isLater(assignment, now) ? text.notOpen : text.closedNow

  return (
    <div className="shell full">
      <Bar
        where={
          <>
            {assignment.course_id === undefined ? null : (
              <>
                <Link to="/courses/$courseId" params={{ courseId: assignment.course_id }}>
                  {text.course}
                </Link>
                <span aria-hidden="true">›</span>
              </>
            )}
            <b>{assignment.title}</b>
          </>
        }
      >
        <DeadlineText assignment={assignment} />
        {refusal === null ? (
          left === null ? null : (
            <span className="soft">{kept}</span>
          )
        ) : (
          <span className="warn">{refusal}</span>
        )}
        {assignment.languages.length > 1 ? (
          <Select
            label={text.language}
            value={language}
            options={assignment.languages.map((each) => ({ value: each, title: titleOf(each) }))}
            onChoose={draft.chooseLanguage}
          />
        ) : null}
        {run.busy ? (
          <button type="button" className="button" onClick={run.stop}>
            <span aria-hidden="true">■</span> {text.stop}
          </button>
        ) : (
          <button type="button" className="button" onClick={begin}>
            <span aria-hidden="true">▷</span> {text.run} <kbd aria-hidden="true">Ctrl ⏎</kbd>
          </button>
        )}
        <button type="button" className="button primary" disabled={!mayHandIn} onClick={handIn}>
          {text.submit} <kbd aria-hidden="true">Ctrl ⇧ ⏎</kbd>
        </button>
      </Bar>
      <main id="main" className="desk-main" tabIndex={-1}>
        <h1 className="visually-hidden">{assignment.title}</h1>
        {shown?.view ? <Strip submission={shown} onTest={goToTest} /> : null}
        <div className="desk">
        {wide ? statement : null}
        {narrow ? null : program}
        <section className="desk-views">
          <Tabs label={text.views} tabs={tabs} shown={tabShown} onShow={setTab} />
        </section>
        </div>
      </main>
    </div>
  )
}

function isLater({ opens_at }: AssignmentDetails, now: number): boolean {
  return opens_at !== null && Date.parse(opens_at) > now
}

const NO_LINES: readonly number[] = []

/** Return the student's lines that the shown results name, while the editor holds that program. */
function markedLines(
  view: { readonly tests: Parameters<typeof firstFailure>[0]; readonly diagnostics: readonly { line: number | null }[] } | null,
  draft: Draft,
  submission: { readonly files?: readonly { readonly content: string }[] } | null,
): readonly number[] {
  if (view === null || submission?.files?.[0]?.content !== draft.code) return NO_LINES
  const frames = view.tests[firstFailure(view.tests)]?.details?.trace?.frames ?? []
  const places = view.diagnostics.length > 0 ? view.diagnostics : frames.slice(-1)
  return places.flatMap(({ line }) => (line === null ? [] : [line]))
}

function Statement({ assignment }: { readonly assignment: AssignmentDetails }) {
  return (
    <article className="statement">
      {/* Most statements begin with their own title: nobody needs it twice. */}
      {!assignment.statement_html.trimStart().startsWith('<h1') && (
        <h2 className="statement-title">{assignment.title}</h2>
      )}
      {/* Sanitised by the server, and the page's policy runs no script that it might hold. */}
      <div dangerouslySetInnerHTML={{ __html: assignment.statement_html }} />
    </article>
  )
}

interface ProgramPaneProps {
  readonly draft: Draft
  readonly marked: readonly number[]
  readonly handle: React.Ref<EditorHandle>
}

function ProgramPane({ draft, marked, handle }: ProgramPaneProps) {
  const text = useTexts(texts)
  const help = useId()
  const [position, setPosition] = useState<Position>({ line: 1, column: 1 })
  return (
    <section className="desk-editor">
      <Editor
        key={draft.language}
        ref={handle}
        label={text.editor}
        value={draft.code}
        language={draft.language}
        onChange={draft.write}
        onMove={setPosition}
        markedLines={marked}
        describedBy={help}
      />
      <footer className="foot">
        <span>{draft.fileName}</span>
        <span>{text.position(position.line, position.column)}</span>
        <span className={draft.kept ? '' : 'warn'}>{draft.kept ? text.kept : text.notKept}</span>
        {draft.changed ? (
          <button type="button" className="link" onClick={draft.restore}>
            {text.restore}
          </button>
        ) : null}
        <span className="grow" />
        <span id={help}>{text.leave}</span>
      </footer>
    </section>
  )
}
