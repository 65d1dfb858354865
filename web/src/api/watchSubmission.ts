/** The way of a submission as the server tells it (server-sent events). */

import { addressOf } from '../app/place'

export type Progress =
  | { readonly phase: 'queued'; readonly place: number | null; readonly estimateS: number | null }
  | { readonly phase: 'compiling' }
  | { readonly phase: 'testing'; readonly done: number; readonly total: number }

export interface ProgressListener {
  readonly progress: (progress: Progress) => void
  /** It is graded, or its grading has failed by our fault: look at it again. */
  readonly over: () => void
}

/** Tell the way of a submission until it is over; returns what ends the telling. */
export function watchSubmission(id: string, listener: ProgressListener): () => void {
  // The browser connects again by itself, and the server begins with the present state.
  const source = new EventSource(addressOf(`api/v1/submissions/${id}/events`))
  const on = (name: string, tell: (data: Record<string, unknown>) => void) =>
    source.addEventListener(name, (event) => {
      const data: unknown = JSON.parse(String((event as MessageEvent).data) || '{}')
      tell((data ?? {}) as Record<string, unknown>)
    })
  on('queued', (data) =>
    listener.progress({ phase: 'queued', place: asNumber(data['place']), estimateS: asNumber(data['estimate_s']) }),
  )
  on('compiling', () => listener.progress({ phase: 'compiling' }))
  on('testing', (data) =>
    listener.progress({ phase: 'testing', done: asNumber(data['done']) ?? 0, total: asNumber(data['total']) ?? 0 }),
  )
  for (const name of ['graded', 'fault']) {
    on(name, () => {
      source.close()
      listener.over()
    })
  }
  return () => source.close()
}

function asNumber(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
