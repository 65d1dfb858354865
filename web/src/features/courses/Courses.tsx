/** `/courses`: the courses of whoever is signed in. */

import './courses.css'

import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'

import { coursesQuery } from '../../api/platform'
import { Bar } from '../../app/Bar'
import { useTexts } from '../../app/language'
import { Failed, Loading } from '../../app/notices'
import { SignOut } from '../account/SignOut'
import { texts } from './texts'

export default function Courses() {
  const text = useTexts(texts)
  const courses = useQuery(coursesQuery)
  useEffect(() => {
    document.title = `${text.title} · carrel`
  }, [text])
  return (
    <div className="shell">
      <Bar where={<b>{text.title}</b>}>
        <SignOut />
      </Bar>
      {courses.isPending ? <Loading /> : null}
      {courses.isError ? <Failed error={courses.error} onRetry={() => void courses.refetch()} /> : null}
      {courses.isSuccess ? (
        <main id="main" className="list" tabIndex={-1}>
          <h1>{text.title}</h1>
          {courses.data.length === 0 ? <p>{text.none}</p> : null}
          <ul className="cards">
            {courses.data.map((course) => (
              <li key={course.id} className="card course">
                <Link to="/courses/$courseId" params={{ courseId: course.id }}>
                  {course.title}
                </Link>
                <span className="soft">{course.role === 'student' ? text.roleStudent : text.roleStaff}</span>
              </li>
            ))}
          </ul>
          <p>
            <Link to="/join">{text.join}</Link>
          </p>
        </main>
      ) : null}
    </div>
  )
}
