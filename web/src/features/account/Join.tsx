/** `/join#CODE`: what an invitation is for, and the account that accepts it. */

import './account.css'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'

import { ProblemError } from '../../api/client'
import { acceptInvitation, lookAtInvitation, meQuery } from '../../api/platform'
import { Bar } from '../../app/Bar'
import { keep, readKept } from '../../app/kept'
import { useTexts } from '../../app/language'
import { failureOf } from './failure'
import { Field } from './Field'
import { takeFragment } from './SignIn'
import { texts } from './texts'

const KEPT = 'join.code'

export default function Join() {
  const text = useTexts(texts)
  const [code, setCode] = useState(() => takeFragment() || (readKept(KEPT) ?? ''))
  const looking = useMutation({
    mutationFn: (asked: string) => lookAtInvitation(asked.trim()),
    // Who signs in first comes back to it.
    onSuccess: (_, asked) => keep(KEPT, asked.trim()),
  })
  const { mutate } = looking
  const first = useRef(code)
  useEffect(() => {
    if (first.current !== '') mutate(first.current)
    first.current = ''
  }, [mutate])
  const invitation = looking.data
  const title = invitation === undefined ? text.joinTitle : text.joinNamed(invitation.course_title)
  useEffect(() => {
    document.title = `${title} · carrel`
  }, [title])
  return (
    <div className="shell">
      <Bar where={<b>{text.joinTitle}</b>} />
      <main id="main" tabIndex={-1}>
        {invitation === undefined ? (
          <form
            className="form"
            onSubmit={(event) => {
              event.preventDefault()
              looking.mutate(code)
            }}
          >
            <h1>{title}</h1>
            <div className="said" role="alert">
              {looking.isError ? failureOf(looking.error, text, text.badCode) : null}
            </div>
            <Field label={text.code} name="code" value={code} onChange={setCode} autoComplete="off" focused />
            <button type="submit" className="button primary" disabled={looking.isPending}>
              {text.look}
            </button>
          </form>
        ) : (
          <Accept title={title} code={code.trim()} />
        )}
      </main>
    </div>
  )
}

function Accept({ title, code }: { readonly title: string; readonly code: string }) {
  const text = useTexts(texts)
  const [name, setName] = useState('')
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const me = useQuery({ ...meQuery, retry: false })
  const navigate = useNavigate()
  const queries = useQueryClient()
  const accepting = useMutation({
    mutationFn: acceptInvitation,
    onSuccess: async (now) => {
      queries.clear()
      queries.setQueryData(meQuery.queryKey, now)
      await navigate({ to: '/courses', replace: true })
    },
  })
  if (me.isPending) return null
  const wrong = accepting.error instanceof ProblemError ? accepting.error : null
  const at = (field: string) => (wrong?.field?.split('.').at(-1) === field ? wrong.message : null)
  const elsewhere = accepting.isError && !['name', 'login', 'password'].some((field) => at(field) !== null)
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        accepting.mutate(me.data === undefined ? { code, name, login, password } : { code })
      }}
    >
      <h1>{title}</h1>
      <div className="said" role="alert">
        {elsewhere ? failureOf(accepting.error, text, text.badCode) : null}
      </div>
      {me.data === undefined ? (
        <>
          <p>
            {text.newHere}{' '}
            <Link to="/sign-in" search={{ next: '/join' }}>
              {text.haveAccount}
            </Link>
          </p>
          <Field label={text.name} name="name" value={name} onChange={setName} autoComplete="name" wrong={at('name')} focused />
          <Field label={text.login} name="username" value={login} onChange={setLogin} autoComplete="username" wrong={at('login')} />
          <Field
            label={text.newPassword}
            name="password"
            type="password"
            value={password}
            onChange={setPassword}
            autoComplete="new-password"
            wrong={at('password')}
          />
        </>
      ) : (
        <p>{text.asYou(me.data.name)}</p>
      )}
      <button type="submit" className="button primary" disabled={accepting.isPending}>
        {text.join}
      </button>
    </form>
  )
}
