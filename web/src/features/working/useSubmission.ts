/** The submission that is shown: handed in here, or chosen among the attempts; and its way. */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'

import { type SourceFile, type Submission, submissionQuery, submissionsQuery, submit } from '../../api/platform'
import { type Progress, watchSubmission } from '../../api/watchSubmission'
import { useLanguage } from '../../app/language'

export interface SubmissionControl {
  readonly attempts: readonly Submission[]
  readonly shown: Submission | null
  readonly progress: Progress | null
  readonly sending: boolean
  /** Why the last one was not handed in. */
  readonly error: Error | null
  readonly send: (language: string, files: readonly SourceFile[]) => void
  readonly show: (id: string) => void
}

export function useSubmission(assignmentId: string): SubmissionControl {
  const { language } = useLanguage()
  const queries = useQueryClient()
  const list = useQuery(submissionsQuery(assignmentId))
  const attempts = [...(list.data ?? [])].sort((a, b) => b.attempt - a.attempt)
  const [chosen, setChosen] = useState<string | null>(null)
  const [progress, setProgress] = useState<{ readonly id: string; readonly now: Progress } | null>(null)
  const id = chosen ?? attempts[0]?.id ?? null
  const shown = useQuery({ ...submissionQuery(id ?? '', language), enabled: id !== null })

  const sending = useMutation({
    mutationFn: (sent: { language: string; files: readonly SourceFile[] }) =>
      submit(assignmentId, sent.language, sent.files),
    onSuccess: async (submission) => {
      setChosen(submission.id)
      await queries.invalidateQueries({ queryKey: ['submissions', assignmentId] })
      await queries.invalidateQueries({ queryKey: ['assignment', assignmentId] })
    },
  })

  const status = shown.data?.status
  useEffect(() => {
    if (id === null || (status !== 'queued' && status !== 'running')) return undefined
    return watchSubmission(id, {
      progress: (now) => setProgress({ id, now }),
      over: () => {
        setProgress(null)
        void queries.invalidateQueries({ queryKey: ['submission', id] })
        void queries.invalidateQueries({ queryKey: ['submissions', assignmentId] })
        void queries.invalidateQueries({ queryKey: ['assignment', assignmentId] })
        void queries.invalidateQueries({ queryKey: ['assignments'] })
      },
    })
  }, [id, status, queries, assignmentId])

  return {
    attempts,
    shown: shown.data ?? null,
    progress: progress !== null && progress.id === id ? progress.now : null,
    sending: sending.isPending,
    error: sending.error,
    send: (sentLanguage, files) => sending.mutate({ language: sentLanguage, files }),
    show: setChosen,
  }
}
