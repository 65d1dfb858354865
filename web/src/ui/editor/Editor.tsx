/** The code editor: CodeMirror with what our places need of it, and nothing else of it outside. */

import './editor.css'

import { indentUnit } from '@codemirror/language'
import { Compartment, EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'

import { indentOf, loadGrammar } from './languages'
import { commonSetup, setMarkedLines } from './setup'

export interface Position {
  readonly line: number
  readonly column: number
}

/** What a place may tell its editor to do. */
export interface EditorHandle {
  readonly focus: () => void
  /** Show a line (from 1) and put the cursor there. */
  readonly goTo: (line: number) => void
}

export interface EditorProps {
  readonly label: string
  /** A text that differs from the editor's replaces it; undo brings it back. */
  readonly value: string
  readonly language: string
  readonly onChange: (value: string) => void
  readonly onMove?: (position: Position) => void
  readonly markedLines?: readonly number[]
  readonly describedBy?: string
  readonly ref?: Ref<EditorHandle>
}

const NO_LINES: readonly number[] = []

export function Editor(props: EditorProps) {
  const { label, value, language, markedLines = NO_LINES, describedBy, ref } = props
  const place = useRef<HTMLDivElement>(null)
  const editor = useRef<EditorView | null>(null)
  const slots = useRef({ grammar: new Compartment(), indent: new Compartment(), content: new Compartment() })
  const calls = useRef(props)
  useEffect(() => {
    calls.current = props
  })

  useEffect(() => {
    const parent = place.current
    if (parent === null) return
    const { grammar, indent, content } = slots.current
    const view = new EditorView({
      parent,
      state: EditorState.create({
        doc: calls.current.value,
        extensions: [
          commonSetup(),
          grammar.of([]),
          indent.of([]),
          content.of([]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) calls.current.onChange(update.state.doc.toString())
            if (update.selectionSet || update.docChanged) {
              const head = update.state.selection.main.head
              const line = update.state.doc.lineAt(head)
              calls.current.onMove?.({ line: line.number, column: head - line.from + 1 })
            }
          }),
        ],
      }),
    })
    editor.current = view
    return () => {
      view.destroy()
      editor.current = null
    }
  }, [])

  useEffect(() => {
    const view = editor.current
    if (view === null || view.state.doc.toString() === value) return
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value }, selection: { anchor: 0 } })
  }, [value])

  useEffect(() => {
    editor.current?.dispatch({
      effects: slots.current.content.reconfigure(
        EditorView.contentAttributes.of({
          'aria-label': label,
          ...(describedBy === undefined ? {} : { 'aria-describedby': describedBy }),
          autocorrect: 'off',
          autocapitalize: 'off',
          spellcheck: 'false',
        }),
      ),
    })
  }, [label, describedBy])

  useEffect(() => {
    const { grammar, indent } = slots.current
    let current = true
    const unit = indentUnit.of(indentOf(language))
    editor.current?.dispatch({ effects: [indent.reconfigure(unit), grammar.reconfigure([])] })
    loadGrammar(language)
      .then((found) => {
        if (current) editor.current?.dispatch({ effects: grammar.reconfigure(found) })
      })
      // Without its colours a program can still be written.
      .catch(() => undefined)
    return () => {
      current = false
    }
  }, [language])

  useEffect(() => {
    editor.current?.dispatch({ effects: setMarkedLines.of(markedLines) })
  }, [markedLines])

  useImperativeHandle(ref, () => ({
    focus: () => editor.current?.focus(),
    goTo: (number) => {
      const view = editor.current
      if (view === null) return
      const line = view.state.doc.line(Math.min(Math.max(number, 1), view.state.doc.lines))
      view.dispatch({
        selection: { anchor: line.from + line.text.length - line.text.trimStart().length },
        effects: EditorView.scrollIntoView(line.from, { y: 'center' }),
      })
      view.focus()
    },
  }))

  return <div ref={place} className="editor" />
}
