import type { Assignment } from '../../api/platform'
import { formatSpan, formatTime, useNow } from '../../app/clock'
import { useLanguage, useTexts } from '../../app/language'
import { deadlineOf } from './standing'
import { texts } from './texts'

const SOON_MS = 24 * 3_600_000

/** When an assignment is due, as time that is left; the exact time is its title. */
export function DeadlineText({ assignment }: { readonly assignment: Assignment }) {
  const text = useTexts(texts)
  const { language } = useLanguage()
  const now = useNow()
  const { kind, span, at } = deadlineOf(assignment, now)
  if (kind === 'none') return <span className="soft">{text.noDeadline}</span>
  const left = formatSpan(language, span)
  const words = {
    opens: text.opensIn(left),
    due: text.dueIn(left),
    overdue: text.overdue(left),
    closes: text.closesIn(left),
    closed: text.closed(formatTime(language, at)),
  }[kind]
  const soon = (kind === 'due' || kind === 'closes') && span < SOON_MS
  return (
    <time dateTime={at} title={formatTime(language, at)} className={soon || kind === 'overdue' ? 'due' : 'soft'}>
      {soon ? <span aria-hidden="true">◷ </span> : null}
      {words}
    </time>
  )
}
