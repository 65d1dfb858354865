/** `/courses/…`: what is due next, and every assignment with where it stands. */

import './courses.css'

import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useEffect } from 'react'

import { type Assignment, assignmentsQuery, courseQuery } from '../../api/platform'
import { Bar } from '../../app/Bar'
import { useNow } from '../../app/clock'
import { formatCount } from '../../app/format'
import { useLanguage, useTexts } from '../../app/language'
import { Failed, Loading } from '../../app/notices'
import { SignOut } from '../account/SignOut'
import { DeadlineText } from './DeadlineText'
import { attemptsLeft, nextOf, type Standing, standingOf } from './standing'
import { type Texts, texts } from './texts'

export default function Course() {
  const text = useTexts(texts)
  const { courseId } = useParams({ from: '/courses/$courseId' })
  const course = useQuery(courseQuery(courseId))
  const assignments = useQuery(assignmentsQuery(courseId))
  const title = course.data?.title
  useEffect(() => {
    if (title !== undefined) document.title = `${title} · carrel`
  }, [title])
  const failed = course.error ?? assignments.error
  return (
    <div className="shell">
      <Bar
        where={
          <>
            <Link to="/courses">{text.title}</Link>
            <span aria-hidden="true">›</span>
            <b>{title}</b>
          </>
        }
      >
        {assignments.data === undefined ? null : <Total assignments={assignments.data} />}
        <SignOut />
      </Bar>
      {failed !== null ? (
        <Failed
          error={failed}
          onRetry={() => {
            void course.refetch()
            void assignments.refetch()
          }}
        />
      ) : course.data === undefined || assignments.data === undefined ? (
        <Loading />
      ) : (
        <main id="main" className="list" tabIndex={-1}>
          <h1 className="visually-hidden">{course.data.title}</h1>
          {assignments.data.length === 0 ? (
            <p>{text.noAssignments}</p>
          ) : (
            <>
              <Next assignments={assignments.data} />
              <ul className="cards">
                {assignments.data.map((assignment) => (
                  <Row key={assignment.id} assignment={assignment} />
                ))}
              </ul>
            </>
          )}
        </main>
      )}
    </div>
  )
}

function Total({ assignments }: { readonly assignments: readonly Assignment[] }) {
  const text = useTexts(texts)
  const { language } = useLanguage()
  let earned = 0
  let total = 0
  for (const { best } of assignments) {
    earned += best?.earned ?? 0
    total += best?.total ?? 0
  }
  if (total === 0) return null
  return <span className="soft">{text.points(formatCount(language, earned), formatCount(language, total))}</span>
}

function Next({ assignments }: { readonly assignments: readonly Assignment[] }) {
  const text = useTexts(texts)
  const { language } = useLanguage()
  const now = useNow()
  const next = nextOf(assignments, now)
  if (next === null) return <p className="next ok">✓ {text.allDone}</p>
  const left = attemptsLeft(next)
  const remarks = [
    next.best === null
      ? text.notBegun
      : text.points(formatCount(language, next.best.earned), formatCount(language, next.best.total)),
    ...(left === null ? [] : [text.attempts(left)]),
  ]
  return (
    <section className="next" aria-label={text.next}>
      <div className="grow">
        <DeadlineText assignment={next} />
        <h2>{next.title}</h2>
        <p className="soft">{remarks.join(' · ')}</p>
      </div>
      <Link to="/assignments/$assignmentId" params={{ assignmentId: next.id }} className="button primary">
        {next.state === 'not-begun' ? text.start : text.goOn}
      </Link>
    </section>
  )
}

const SIGNS: Readonly<Record<Standing, { sign: string; tone: string; words: (text: Texts) => string }>> = {
  done: { sign: '✓', tone: 'ok', words: (text) => text.done },
  partly: { sign: '✗', tone: 'bad', words: (text) => text.partly },
  'not-begun': { sign: '○', tone: 'soft', words: (text) => text.notBegun },
  'in-progress': { sign: '◌', tone: 'soft', words: (text) => text.inProgress },
  fault: { sign: '!', tone: 'bad', words: (text) => text.fault },
}

function Row({ assignment }: { readonly assignment: Assignment }) {
  const text = useTexts(texts)
  const { language } = useLanguage()
  const { sign, tone, words } = SIGNS[standingOf(assignment)]
  const { best } = assignment
  return (
    <li className="card">
      <span className={`sign ${tone}`} aria-hidden="true">
        {sign}
      </span>
      <span>
        <Link to="/assignments/$assignmentId" params={{ assignmentId: assignment.id }}>
          {assignment.title}
        </Link>
        <span className="soft">{words(text)}</span>
      </span>
      <DeadlineText assignment={assignment} />
      {best === null ? (
        <span className="card-points" />
      ) : (
        <span className="card-points">
          <progress aria-label={text.progress} max={best.total} value={best.earned} />
          <span>{text.ofTotal(formatCount(language, best.earned), formatCount(language, best.total))}</span>
        </span>
      )}
    </li>
  )
}
