import { useQueries } from '@tanstack/react-query'

import { type Submission, submissionQuery } from '../../api/platform'
import { formatTime } from '../../app/clock'
import { formatCount } from '../../app/format'
import { useLanguage, useTexts } from '../../app/language'
import { texts } from './texts'

export interface AttemptsProps {
  readonly attempts: readonly Submission[]
  readonly shown: string | null
  readonly onShow: (id: string) => void
}

// The list names no points; those of older attempts are seen when the attempt is opened.
const WITH_POINTS = 20

/** Everything that was handed in, the newest first. */
export function Attempts({ attempts, shown, onShow }: AttemptsProps) {
  const text = useTexts(texts)
  const { language } = useLanguage()
  const results = useQueries({
    queries: attempts
      .slice(0, WITH_POINTS)
      .map(({ id, status }) => ({ ...submissionQuery(id, language), enabled: status === 'graded', staleTime: Infinity })),
  })
  if (attempts.length === 0) return <p className="results soft">{text.noAttempts}</p>
  return (
    <ol className="results attempts" reversed>
      {attempts.map((attempt, index) => (
        <li key={attempt.id} aria-current={attempt.id === shown ? 'true' : undefined}>
          <button type="button" className="link" title={text.show} onClick={() => onShow(attempt.id)}>
            {text.attempt(formatCount(language, attempt.attempt))}
          </button>
          <span>
            <Outcome attempt={results[index]?.data ?? attempt} />
          </span>
          <time className="soft" dateTime={attempt.created_at}>
            {formatTime(language, attempt.created_at)}
          </time>
        </li>
      ))}
    </ol>
  )
}

function Outcome({ attempt }: { readonly attempt: Submission }) {
  const text = useTexts(texts)
  const { language } = useLanguage()
  const { view, status } = attempt
  if (view === null) return text.statusWords[status]
  return text.points(formatCount(language, view.earned), formatCount(language, view.total))
}
