/** The platform's interface, `/api/v1`: what it answers, and how to ask for it. */

import { queryOptions } from '@tanstack/react-query'

import type { Language } from '../app/language'
import { call } from './client'

export interface Me {
  readonly id: string
  readonly name: string
  readonly login: string
  readonly administrator: boolean
  readonly server_time: string
}

export interface Course {
  readonly id: string
  readonly title: string
  readonly role: string
}

export type AssignmentState = 'not-begun' | 'in-progress' | 'graded' | 'platform-fault'

export interface Points {
  readonly earned: number
  readonly total: number
}

export interface Assignment {
  readonly id: string
  readonly title: string
  readonly opens_at: string | null
  readonly due_at: string | null
  readonly closes_at: string | null
  readonly max_attempts: number | null
  readonly attempts_used: number
  readonly best: Points | null
  readonly state: AssignmentState
}

export interface AssignmentDetails extends Assignment {
  readonly course_id?: string
  readonly statement_html: string
  readonly languages: readonly string[]
  readonly starter: Readonly<Record<string, string>>
  readonly file_names: Readonly<Record<string, string>>
  readonly hints: readonly string[]
  readonly hint_count: number
  readonly server_time: string
}

export interface SourceFile {
  readonly name: string
  readonly content: string
}

export type SubmissionStatus = 'queued' | 'running' | 'graded' | 'platform-fault'

export interface Submission {
  readonly id: string
  readonly assignment_id: string
  readonly attempt: number
  readonly status: SubmissionStatus
  readonly language: string
  readonly files?: readonly SourceFile[]
  readonly created_at: string
  readonly graded_at: string | null
  readonly view: View | null
}

export interface Span {
  readonly text: string
  readonly kind: string
  readonly changed: boolean
}

export interface DiffLine {
  readonly side: 'both' | 'expected' | 'actual'
  readonly number: number
  readonly spans: readonly Span[]
}

export interface Difference {
  readonly lines: readonly DiffLine[]
  readonly notes: readonly string[]
  readonly more: boolean
}

export interface Frame {
  readonly file: string | null
  readonly line: number | null
  readonly function: string
  readonly excerpt: string
}

export interface Part {
  readonly name: string
  readonly verdict: string
  readonly reason: string
  readonly score: number
}

export interface TestDetails {
  readonly reason: string
  readonly input: string
  readonly expected: string
  readonly actual: string
  readonly stderr: string
  readonly wall_ms: number
  readonly memory_bytes: number
  readonly difference: Difference | null
  readonly trace: { readonly error: string; readonly frames: readonly Frame[] } | null
  readonly parts: readonly Part[]
}

export interface Test {
  readonly name: string
  readonly verdict: string
  readonly points: number
  readonly earned: number
  readonly hidden: boolean
  readonly details: TestDetails | null
  readonly text: string
}

export interface Diagnostic {
  readonly text: string
  readonly file: string | null
  readonly line: number | null
  readonly severity: string
  readonly excerpt: string
}

/** A graded submission as its student may see it. */
export interface View {
  readonly verdict: string
  readonly earned: number
  readonly total: number
  readonly tests: readonly Test[]
  readonly compile_message: string | null
  readonly diagnostics: readonly Diagnostic[]
  readonly summary: string
  readonly feedback: readonly string[]
}

interface Items<Item> {
  readonly items: readonly Item[]
}

const V1 = 'api/v1'

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: () => call<Me>('GET', `${V1}/me`) })

export const coursesQuery = queryOptions({
  queryKey: ['courses'],
  queryFn: async () => (await call<Items<Course>>('GET', `${V1}/courses`)).items,
})

export function courseQuery(id: string) {
  return queryOptions({ queryKey: ['course', id], queryFn: () => call<Course>('GET', `${V1}/courses/${id}`) })
}

export function assignmentsQuery(courseId: string) {
  return queryOptions({
    queryKey: ['assignments', courseId],
    queryFn: async () => (await call<Items<Assignment>>('GET', `${V1}/courses/${courseId}/assignments`)).items,
  })
}

export function assignmentQuery(id: string, language: Language) {
  return queryOptions({
    queryKey: ['assignment', id, language],
    queryFn: () => call<AssignmentDetails>('GET', `${V1}/assignments/${id}?lang=${language}`),
  })
}

export function submissionsQuery(assignmentId: string) {
  return queryOptions({
    queryKey: ['submissions', assignmentId],
    queryFn: async () => (await call<Items<Submission>>('GET', `${V1}/assignments/${assignmentId}/submissions`)).items,
  })
}

export function submissionQuery(id: string, language: Language) {
  return queryOptions({
    queryKey: ['submission', id, language],
    queryFn: () => call<Submission>('GET', `${V1}/submissions/${id}?lang=${language}`),
  })
}

export function signIn(body: { login: string; password: string } | { token: string }): Promise<Me> {
  return call<Me>('POST', `${V1}/session`, { body })
}

export function signOut(): Promise<void> {
  return call<void>('DELETE', `${V1}/session`)
}

export interface Invitation {
  readonly course_title: string
  readonly role: string
}

export function lookAtInvitation(code: string): Promise<Invitation> {
  return call<Invitation>('POST', `${V1}/invitations/look`, { body: { code } })
}

export function acceptInvitation(
  body: { code: string } | { code: string; name: string; login: string; password: string },
): Promise<Me> {
  return call<Me>('POST', `${V1}/invitations/accept`, { body })
}

export function submit(assignmentId: string, language: string, files: readonly SourceFile[]): Promise<Submission> {
  return call<Submission>('POST', `${V1}/assignments/${assignmentId}/submissions`, { body: { language, files } })
}
