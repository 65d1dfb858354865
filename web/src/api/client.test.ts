import { afterEach, expect, it, vi } from 'vitest'

import { call, ProblemError, UnreachableError } from './client'

afterEach(() => vi.unstubAllGlobals())

function answer(body: string, init: ResponseInit): void {
  vi.stubGlobal('fetch', async () => new Response(body, init))
}

it('reads a problem document', async () => {
  answer(JSON.stringify({ type: 'urn:carrel:problem:busy', detail: 'Come again.', field: 'code' }), {
    status: 503,
    headers: { 'Retry-After': '5' },
  })
  const error = await call('GET', 'health').catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(ProblemError)
  expect(error).toMatchObject({ status: 503, code: 'busy', message: 'Come again.', field: 'code', retryAfter: 5 })
})

it('tells an answer that is no problem document from one', async () => {
  answer('<html>Bad gateway</html>', { status: 502, statusText: 'Bad Gateway' })
  await expect(call('GET', 'health')).rejects.toMatchObject({ code: 'unknown', message: 'Bad Gateway', field: null })
})

it('tells a server that is gone from one that refuses', async () => {
  vi.stubGlobal('fetch', async () => {
    throw new TypeError('Failed to fetch')
  })
  await expect(call('GET', 'health')).rejects.toBeInstanceOf(UnreachableError)
})

it('returns nothing for an answer without a body', async () => {
  answer('', { status: 200 })
  await expect(call('DELETE', 'api/v1/session')).resolves.toBeUndefined()
})
