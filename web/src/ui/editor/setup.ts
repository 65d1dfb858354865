/** What every editor of ours has: keys, marks, and colours from the tokens. */

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { type Extension, StateEffect, StateField } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'

// Classes and not colours: the style sheet of the page then gives both themes.
const HIGHLIGHT = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword, tags.self], class: 'tok-keyword' },
  { tag: [tags.string, tags.special(tags.string), tags.character, tags.regexp], class: 'tok-string' },
  { tag: [tags.comment, tags.docComment], class: 'tok-comment' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], class: 'tok-number' },
  { tag: [tags.typeName, tags.className, tags.namespace], class: 'tok-type' },
  { tag: [tags.meta, tags.processingInstruction, tags.annotation], class: 'tok-meta' },
])

// Until another key is pressed; a minute is for people, and no race for anyone.
const LEAVING_MS = 60_000

/** Escape, then Tab: the way out of the editor for who has no mouse. */
const leaveByTab = keymap.of([
  {
    key: 'Escape',
    run: (view) => {
      view.setTabFocusMode(LEAVING_MS)
      return true
    },
  },
])

/**
 * Put typed text in place of a selection ourselves.
 *
 * Chromium would do it in the document, where it keeps the colours of what it replaces in a style
 * attribute. The page's policy refuses that: nothing is lost, but the console fills with errors.
 */
const replaceByTyping = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { main, ranges } = view.state.selection
    const text = event.data
    if (event.inputType !== 'insertText' || text === null) return false
    if (main.empty || ranges.length > 1 || view.composing || view.state.readOnly) return false
    const insert = () => view.state.update(view.state.replaceSelection(text), { userEvent: 'input.type' })
    const handlers = view.state.facet(EditorView.inputHandler)
    if (!handlers.some((handle) => handle(view, main.from, main.to, text, insert))) view.dispatch(insert())
    return true
  },
})

/** Marks these lines (from 1) as those at fault. */
export const setMarkedLines = StateEffect.define<readonly number[]>()

const markedLine = Decoration.line({ class: 'cm-marked-line' })

const markedLines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (marks, transaction) => {
    let next = marks.map(transaction.changes)
    for (const effect of transaction.effects) {
      if (!effect.is(setMarkedLines)) continue
      const { doc } = transaction.state
      const found = effect.value.filter((line) => line >= 1 && line <= doc.lines).sort((a, b) => a - b)
      next = Decoration.set(found.map((line) => markedLine.range(doc.line(line).from)))
    }
    return next
  },
  provide: (field) => EditorView.decorations.from(field),
})

/** Return the nonce with which the editor may make its style sheets (see docs/reference/http.md). */
function styleNonce(): Extension {
  const meta = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')
  return EditorView.cspNonce.of(meta?.nonce ?? '')
}

/** Return what an editor has whatever its language is. */
export function commonSetup(): Extension {
  return [
    styleNonce(),
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    highlightSelectionMatches(),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    autocompletion({ activateOnTyping: false }),
    syntaxHighlighting(HIGHLIGHT),
    markedLines,
    replaceByTyping,
    keymap.of([
      // Ctrl+Enter runs the program, everywhere on the page.
      ...defaultKeymap.filter((binding) => binding.key !== 'Mod-Enter'),
      ...closeBracketsKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...completionKeymap,
      indentWithTab,
    ]),
    leaveByTab,
  ]
}
