import type { DiffLine, Difference, Span } from '../../api/platform'
import { useTexts } from '../../app/language'
import { texts } from './texts'

/** The lines around the first difference; what differs is marked and not only coloured. */
export function DifferenceView({ difference }: { readonly difference: Difference }) {
  const text = useTexts(texts)
  return (
    <>
      <div className="diff" tabIndex={0} role="group" aria-label={`${text.expected} / ${text.printed}`}>
        {difference.lines.map((line, index) => (
          <Line key={index} line={line} />
        ))}
      </div>
      {difference.more ? <p className="soft">{text.more}</p> : null}
      {difference.notes.map((note) => (
        <p key={note} className="soft">
          {note}
        </p>
      ))}
    </>
  )
}

function Line({ line }: { readonly line: DiffLine }) {
  const text = useTexts(texts)
  const name = { both: text.both, expected: text.expected, actual: text.printed }[line.side]
  return (
    <div className={`diff-line ${line.side}`}>
      <span className="diff-side">{name}</span>
      <code>
        {line.spans.map((span, index) => (
          <Piece key={index} span={span} side={line.side} />
        ))}
      </code>
    </div>
  )
}

function Piece({ span, side }: { readonly span: Span; readonly side: DiffLine['side'] }) {
  const marked = span.changed && side !== 'both'
  const kind = span.kind === 'text' ? undefined : `span-${span.kind}`
  return marked ? <mark className={kind}>{span.text}</mark> : <span className={kind}>{span.text}</span>
}
