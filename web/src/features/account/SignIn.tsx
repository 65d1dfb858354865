/** `/sign-in`: by name and password, or by a link that works once (`#token=…`). */

import './account.css'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'

import { meQuery, signIn } from '../../api/platform'
import { Bar } from '../../app/Bar'
import { setServerTime } from '../../app/clock'
import { useTexts } from '../../app/language'
import { failureOf } from './failure'
import { Field } from './Field'
import { texts } from './texts'

/** Take what stands after # in the address, and remove it there: it is nobody else's business. */
export function takeFragment(): string {
  const fragment = location.hash.slice(1)
  if (fragment !== '') history.replaceState(history.state, '', location.pathname + location.search)
  return fragment
}

export default function SignIn() {
  const text = useTexts(texts)
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const [token] = useState(() => new URLSearchParams(takeFragment()).get('token'))
  const { next } = useSearch({ strict: false })
  const navigate = useNavigate()
  const queries = useQueryClient()
  const entering = useMutation({
    mutationFn: signIn,
    onSuccess: async (me) => {
      // Nothing of whoever was signed in before.
      queries.clear()
      queries.setQueryData(meQuery.queryKey, me)
      setServerTime(me.server_time)
      await navigate({ to: isPlace(next) ? next : '/courses', replace: true })
    },
  })
  useEffect(() => {
    document.title = `${text.title} · carrel`
  }, [text])

  const used = useRef(false)
  const { mutate } = entering
  useEffect(() => {
    if (token === null || used.current) return
    used.current = true
    mutate({ token })
  }, [token, mutate])

  const byLink = entering.variables !== undefined && 'token' in entering.variables
  return (
    <div className="shell">
      <Bar where={<b>{text.title}</b>} />
      <main id="main" tabIndex={-1}>
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault()
            entering.mutate({ login, password })
          }}
        >
          <h1>{text.title}</h1>
          <div className="said" role="alert">
            {entering.isError ? failureOf(entering.error, text, byLink ? text.linkUsed : text.wrong) : null}
          </div>
          <Field
            label={text.login}
            name="username"
            value={login}
            onChange={setLogin}
            autoComplete="username"
            focused
          />
          <Field
            label={text.password}
            name="password"
            type="password"
            value={password}
            onChange={setPassword}
            autoComplete="current-password"
          />
          <button type="submit" className="button primary" disabled={entering.isPending}>
            {entering.isPending ? text.signingIn : text.signIn}
          </button>
          <p className="soft">{text.noAccount}</p>
        </form>
      </main>
    </div>
  )
}

/** Whether it is a path of this page: an address of another site is no place to go to. */
export function isPlace(next: unknown): next is string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next)
}
