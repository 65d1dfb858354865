import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'

import { meQuery, signOut } from '../../api/platform'
import { useTexts } from '../../app/language'
import { texts } from './texts'

/** Whoever is signed in, and the way out. */
export function SignOut() {
  const text = useTexts(texts)
  const navigate = useNavigate()
  const queries = useQueryClient()
  const { data: me } = useQuery(meQuery)
  const leaving = useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      queries.clear()
      await navigate({ to: '/sign-in' })
    },
  })
  return (
    <>
      <span className="soft">{me?.name}</span>
      <button type="button" className="button quiet" onClick={() => leaving.mutate()}>
        {text.signOut}
      </button>
    </>
  )
}
