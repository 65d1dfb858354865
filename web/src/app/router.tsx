/** The places of the page and what shows each; every place is loaded when it is first visited. */

import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router'

import { Broken, Loading, Missing } from './notices'
import { prefix, startPlace } from './place'
import { useTexts } from './language'
import { texts } from './texts'

const root = createRootRoute({ component: Root, notFoundComponent: Missing, errorComponent: Broken })

const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: startPlace(), replace: true })
  },
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search['next'] === 'string' ? { next: search['next'] } : {},
  component: lazyRouteComponent(() => import('../features/account/SignIn')),
})

const join = createRoute({
  getParentRoute: () => root,
  path: '/join',
  component: lazyRouteComponent(() => import('../features/account/Join')),
})

const courses = createRoute({
  getParentRoute: () => root,
  path: '/courses',
  component: lazyRouteComponent(() => import('../features/courses/Courses')),
})

const course = createRoute({
  getParentRoute: () => root,
  path: '/courses/$courseId',
  component: lazyRouteComponent(() => import('../features/courses/Course')),
})

const assignment = createRoute({
  getParentRoute: () => root,
  path: '/assignments/$assignmentId',
  component: lazyRouteComponent(() => import('../features/working/Working')),
})

const play = createRoute({
  getParentRoute: () => root,
  path: '/play',
  component: lazyRouteComponent(() => import('../features/playground/Playground')),
})

const tree = root.addChildren([start, play, signIn, join, courses, course, assignment])

/** Return the router; it stands on the path prefix of this server. */
export function makeRouter() {
  return createRouter({ routeTree: tree, basepath: prefix(), defaultPendingComponent: Loading })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}

function Root() {
  const text = useTexts(texts)
  return (
    <>
      <a className="skip" href="#main" onClick={skip}>
        {text.skip}
      </a>
      <Outlet />
    </>
  )
}

// Not by the address: `<base>` would make another page of it.
function skip(event: { preventDefault: () => void }) {
  event.preventDefault()
  document.querySelector('main')?.focus()
}
