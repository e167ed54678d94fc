/** Fields for a text, or a password, that say themselves what is wrong with it. */
import { type PasswordInputProps, TextInput, type TextInputProps } from "@mantine/core";
import { PasswordField } from "./PasswordField";
import { type TextFieldProps as Own, useTextField } from "./use-text-field";

export function TextField({ value, onChange, required, limit, fault, error, ...rest }: Own & Omit<TextInputProps, keyof Own>) {
  const shared = useTextField({ value, required, limit, fault, error });
  return <TextInput {...shared} {...rest} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}

export function PasswordTextField({ value, onChange, required, limit, fault, error, ...rest }: Own & Omit<PasswordInputProps, keyof Own>) {
  const shared = useTextField({ value, required, limit, fault, error });
  return <PasswordField {...shared} {...rest} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}
