import { ProblemError, UnreachableError } from '../../api/client'
import type { Texts } from './texts'

/** Say why the server did not do it, in the page's language where we know. */
export function failureOf(error: unknown, text: Texts, refused: string): string {
  if (error instanceof UnreachableError) return text.unreachable
  if (!(error instanceof ProblemError)) return text.ours
  if (error.status === 401 || error.status === 404) return refused
  return error.status < 500 ? error.message : `${text.ours} ${error.message}`
}
