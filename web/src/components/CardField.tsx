/** A text field on a card: an account, a password, a code, a key. */
import type { Ref } from "react";

interface Props {
  label: string;
  type?: "text" | "password";
  value: string;
  onChange: (value: string) => void;
  autoComplete: "username" | "current-password" | "new-password" | "one-time-code" | "off";
  /** The id of what says more about it. */
  describedBy?: string;
  wrong?: boolean;
  required?: boolean;
  autoFocus?: boolean;
  ref?: Ref<HTMLInputElement>;
}

export function CardField({ label, type = "password", required = true, value, onChange, describedBy, wrong, ...others }: Props) {
  return (
    <label className="field">
      {label}
      <input
        {...others}
        type={type}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        required={required}
        autoCapitalize="none"
        spellCheck={false}
        aria-describedby={describedBy}
        aria-invalid={wrong}
      />
    </label>
  );
}
