/** `/play`: write a program, run it, see what it does. */

import './playground.css'

import { useCallback, useEffect, useId, useState } from 'react'

import { socketRun } from '../../api/socketRun'
import { Bar } from '../../app/Bar'
import { titleOf } from '../../app/codeLanguages'
import { useLanguage, useTexts } from '../../app/language'
import { Editor, type Position } from '../../ui/editor/Editor'
import { Select } from '../../ui/Select'
import { type TabSpec, Tabs } from '../../ui/Tabs'
import { useKey } from '../../ui/useKey'
import { useNarrow } from '../../ui/useNarrow'
import { Console } from '../console/Console'
import { LANGUAGES } from './languages'
import { texts } from './texts'
import { useProgram } from './useProgram'
import { useRun } from '../console/useRun'
import { Repl } from '../repl/Repl'

const NARROW = 700

export default function Playground() {
  const text = useTexts(texts)
  const { language: tongue } = useLanguage()
  const program = useProgram()
  const run = useRun()
  const narrow = useNarrow(NARROW)
  const [shown, setShown] = useState('editor')

  useEffect(() => {
    document.title = `${text.title} · carrel`
  }, [text])

  const { language, example, code } = program
  const { start: begin } = run
  const start = useCallback(() => {
    setShown('output')
    begin((listener) => socketRun({ code, language: language.id }, listener))
  }, [begin, code, language])
  useKey('Enter', start)

  const editor = <ProgramEditor key={language.id} program={program} />
  const views: TabSpec[] = [
    {
      id: 'output',
      title: text.output,
      content: <Console run={run} />,
    },
    { id: 'repl', title: text.repl, content: <Repl shown={shown === 'repl'} /> },
  ]
  const tabs = narrow ? [{ id: 'editor', title: text.editorTab, content: editor }, ...views] : views
  const tab = tabs.some((each) => each.id === shown) ? shown : 'output'

  return (
    <div className="shell full">
      <Bar where={<b>{text.title}</b>}>
        <Select
          label={text.language}
          value={language.id}
          options={LANGUAGES.map(({ id }) => ({ value: id, title: titleOf(id) }))}
          onChoose={program.chooseLanguage}
        />
        <Select
          label={text.example}
          value={example.id}
          options={language.examples.map(({ id, title }) => ({ value: id, title: title[tongue] }))}
          onChoose={program.chooseExample}
        />
        {run.busy ? (
          <button type="button" className="button" onClick={run.stop}>
            <span aria-hidden="true">■</span> {text.stop}
          </button>
        ) : (
          <button type="button" className="button primary" onClick={start}>
            <span aria-hidden="true">▷</span> {text.run} <kbd aria-hidden="true">Ctrl ⏎</kbd>
          </button>
        )}
      </Bar>
      <main id="main" className="playground" tabIndex={-1}>
        <h1 className="visually-hidden">{text.title}</h1>
        {narrow ? null : editor}
        <section className="playground-views">
          <Tabs label={text.views} tabs={tabs} shown={tab} onShow={setShown} />
        </section>
      </main>
    </div>
  )
}

function ProgramEditor({ program }: { readonly program: ReturnType<typeof useProgram> }) {
  const text = useTexts(texts)
  const help = useId()
  const [position, setPosition] = useState<Position>({ line: 1, column: 1 })
  const changed = program.code !== program.example.code
  return (
    <section className="playground-editor">
      <Editor
        label={text.editor}
        value={program.code}
        language={program.language.id}
        onChange={program.write}
        onMove={setPosition}
        describedBy={help}
      />
      <footer className="foot">
        <span>{text.position(position.line, position.column)}</span>
        <span className={program.kept ? '' : 'warn'}>{program.kept ? text.kept : text.notKept}</span>
        {changed ? (
          <button type="button" className="link" onClick={program.restore}>
            {text.restore}
          </button>
        ) : null}
        <span className="grow" />
        <span id={help}>{text.leave}</span>
      </footer>
    </section>
  )
}
