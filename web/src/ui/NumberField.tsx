/** A field for a number within bounds, a whole one if nothing else is said. An empty field is no number, and none is made of what lies outside. */
import { NumberInput, type NumberInputProps } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ReactNode } from "react";
import { useFormat } from "../i18n/use-format";

interface Own {
  /** Null as long as there is none. */
  value: number | null;
  onChange: (value: number | null) => void;
  min: number;
  max: number;
  /** Whether it may be left empty. */
  optional?: boolean;
  /** What else is wrong with it. */
  fault?: string | undefined;
  /** What the server has against it. */
  error?: ReactNode;
}

export function NumberField({ value, onChange, min, max, optional = false, fault, error, disabled, ...rest }: Own & Omit<NumberInputProps, keyof Own>) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const outside = value !== null && (value < min || value > max) ? t("form.between", { min: number(min), max: number(max) }) : undefined;
  const missing = value === null && !optional ? t("form.required") : undefined;
  const wrong = disabled === true ? undefined : (missing ?? outside ?? fault);
  return (
    <NumberInput
      allowDecimal={false}
      {...rest}
      value={value ?? ""}
      onChange={(next) => onChange(typeof next === "number" ? next : null)}
      // The arrow keys stay within them; what is typed is told.
      min={min}
      max={max}
      clampBehavior="none"
      error={wrong ?? error}
      {...(disabled === undefined ? {} : { disabled })}
      data-fault={wrong !== undefined || undefined}
    />
  );
}
