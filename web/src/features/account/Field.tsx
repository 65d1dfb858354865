import { useId } from 'react'

export interface FieldProps {
  readonly label: string
  readonly name: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly type?: 'text' | 'password'
  /** What password managers and phones fill in. */
  readonly autoComplete: string
  /** What is wrong with it, said at the field. */
  readonly wrong?: string | null
  readonly focused?: boolean
}

/** One line to fill in, with its name above and what is wrong below. */
export function Field({ label, name, value, onChange, type = 'text', autoComplete, wrong, focused }: FieldProps) {
  const id = useId()
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="field"
        name={name}
        type={type}
        value={value}
        required
        autoComplete={autoComplete}
        autoCapitalize="none"
        spellCheck={false}
        autoFocus={focused}
        aria-invalid={wrong ? true : undefined}
        aria-describedby={wrong ? `${id}-wrong` : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
      {wrong ? (
        <p id={`${id}-wrong`} className="bad">
          {wrong}
        </p>
      ) : null}
    </div>
  )
}
