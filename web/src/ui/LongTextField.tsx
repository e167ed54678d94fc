/** A field for a text of several lines that says itself what is wrong with it. */
import { Textarea, type TextareaProps } from "@mantine/core";
import { type TextFieldProps as Own, useTextField } from "./use-text-field";

export function LongTextField({ value, onChange, required, limit, fault, error, ...rest }: Own & Omit<TextareaProps, keyof Own>) {
  const shared = useTextField({ value, required, limit, fault, error });
  return <Textarea {...shared} {...rest} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}
