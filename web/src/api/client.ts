/** Requests to this server, and what can go wrong with them. */

import { addressOf } from '../app/place'

/** The server's answer that it will not or cannot do it (RFC 9457). */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly status: number
  /** The last part of the problem's type, such as `busy`. */
  readonly code: string
  /** The field of the request that is at fault, where the server names one. */
  readonly field: string | null
  /** After how many seconds it may go better, where the server says so. */
  readonly retryAfter: number | null

  constructor(status: number, code: string, detail: string, field: string | null, retryAfter: number | null) {
    super(detail)
    this.status = status
    this.code = code
    this.field = field
    this.retryAfter = retryAfter
  }
}

/** No answer came: no network, or no server. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface CallOptions {
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/**
 * Return the answer to a request as parsed JSON, undefined where it has no body.
 *
 * Throws ProblemError, UnreachableError, or what `signal` was aborted with.
 */
export async function call<Answer>(method: Method, path: string, options: CallOptions = {}): Promise<Answer> {
  const request: RequestInit = { method, credentials: 'same-origin', headers: { Accept: 'application/json' } }
  if (method !== 'GET') {
    request.headers = { ...request.headers, 'Content-Type': 'application/json' }
    if (options.body !== undefined) request.body = JSON.stringify(options.body)
  }
  if (options.signal !== undefined) request.signal = options.signal
  let response: Response
  let text: string
  try {
    response = await fetch(addressOf(path), request)
    text = await response.text()
  } catch (error) {
    if (options.signal?.aborted === true) throw error
    throw new UnreachableError(String(error))
  }
  if (!response.ok) throw problemOf(response, text)
  return (text === '' ? undefined : JSON.parse(text)) as Answer
}

function problemOf(response: Response, text: string): ProblemError {
  const retryAfter = Number.parseInt(response.headers.get('Retry-After') ?? '', 10)
  const after = Number.isNaN(retryAfter) ? null : retryAfter
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    // A proxy's own page, for example.
    return new ProblemError(response.status, 'unknown', response.statusText, null, after)
  }
  const { type, detail, field } = (document ?? {}) as Record<string, unknown>
  const code = typeof type === 'string' ? (type.split(/[/:#]/).at(-1) ?? 'unknown') : 'unknown'
  return new ProblemError(
    response.status,
    code,
    typeof detail === 'string' ? detail : response.statusText,
    typeof field === 'string' ? field : null,
    after,
  )
}
