import { call } from './client'
import type { Run, RunListener, RunRequest, RunResponse } from './run'

/** Run a program with all of its input given beforehand (`POST /api/run`). */
export function postRun(request: RunRequest, stdin: string, listener: RunListener): Run {
  const abort = new AbortController()
  listener.started()
  call<RunResponse>('POST', 'api/run', { body: { ...request, stdin }, signal: abort.signal }).then(
    (answer) => {
      listener.output('stdout', answer.stdout)
      listener.output('stderr', answer.stderr)
      listener.ended(answer)
    },
    (error: unknown) => {
      if (!abort.signal.aborted) listener.failed(error instanceof Error ? error : new Error(String(error)))
    },
  )
  return {
    input: () => undefined,
    endInput: () => undefined,
    stop: () => abort.abort(),
  }
}
