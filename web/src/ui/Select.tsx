/** A choice of one from a few: the browser's own, which every reader and phone knows. */

import { useId } from 'react'

export interface SelectProps {
  readonly label: string
  readonly value: string
  readonly options: readonly { readonly value: string; readonly title: string }[]
  readonly onChoose: (value: string) => void
}

export function Select({ label, value, options, onChoose }: SelectProps) {
  const id = useId()
  return (
    <span>
      <label className="visually-hidden" htmlFor={id}>
        {label}
      </label>
      <select id={id} className="select" value={value} onChange={(event) => onChoose(event.target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.title}
          </option>
        ))}
      </select>
    </span>
  )
}
