/** A program's run, however the server is asked for it. */

export type Stream = 'stdout' | 'stderr'

/** How a program ended; `execution_time` in seconds, `memory_used` in bytes. */
export interface RunEnd {
  readonly success: boolean
  readonly verdict: string
  readonly reason: string
  readonly exit_code: number
  readonly execution_time: number
  readonly memory_used: number
  readonly truncated: boolean
  readonly isolation: string
}

export interface RunRequest {
  readonly code: string
  readonly language: string
}

/** What is told while a program runs; after `ended` or `failed` nothing more. */
export interface RunListener {
  readonly compiling: () => void
  readonly started: () => void
  readonly output: (stream: Stream, text: string) => void
  readonly ended: (end: RunEnd) => void
  readonly failed: (error: Error) => void
}

/** What may be done with a program while it runs. */
export interface Run {
  readonly input: (text: string) => void
  readonly endInput: () => void
  readonly stop: () => void
}
