/** What a field for a text says of itself: that it is missing, too long, or not of the form that it has to have. */
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useTried } from "./Form";

export interface TextFieldProps {
  value: string;
  onChange: (text: string) => void;
  /** Whether something has to stand there. */
  required?: boolean;
  /** Most characters. What is longer is told, not cut off. */
  limit?: number;
  /** What is wrong with the text, said once the field is left. */
  fault?: string | undefined;
  /** What the server has against it. */
  error?: ReactNode;
}

interface Asked {
  value: string;
  required: boolean | undefined;
  limit: number | undefined;
  fault: string | undefined;
  error: ReactNode;
}

export function useTextField({ value, required = false, limit = Infinity, fault, error }: Asked) {
  const { t } = useTranslation();
  const tried = useTried();
  const [isLeft, setLeft] = useState(false);
  // As the server counts: characters, not the units of UTF-16.
  const count = Array.from(value.trim()).length;
  const isMissing = required && count === 0;
  const tooLong = count > limit ? t("form.tooLong", { limit, length: count }) : undefined;
  const atLast = isLeft || tried ? fault : undefined;
  const told = isMissing ? (tried ? t("form.required") : undefined) : (tooLong ?? atLast);
  return {
    error: told ?? error,
    required,
    withAsterisk: false,
    onBlur: () => setLeft(true),
    "data-fault": isMissing || tooLong !== undefined || fault !== undefined || undefined,
  };
}
