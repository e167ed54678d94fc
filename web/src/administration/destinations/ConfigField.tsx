/** One field of a destination's configuration. */
import { Checkbox, NumberInput, Select, TagsInput, TextInput, Textarea } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Field } from "./fields";

const MEBIBYTE = 1_048_576;

interface Props {
  field: Field;
  value: unknown;
  error?: string | undefined;
  onChange: (value: unknown) => void;
}

export function ConfigField({ field, value, error, onChange }: Props) {
  const { t } = useTranslation("setup");
  const { name, type, required = false, otherwise } = field;
  const shared = { label: t(`destinations.field.${name}`), description: t(`destinations.hint.${name}`), error, required };
  const placeholder = otherwise === undefined ? "" : String(otherwise);
  switch (type) {
    case "flag":
      return (
        <Checkbox
          label={shared.label}
          description={shared.description}
          error={error}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case "number":
    case "mebibytes": {
      const unit = type === "number" ? 1 : MEBIBYTE;
      return (
        <NumberInput
          {...shared}
          value={typeof value === "number" ? value / unit : ""}
          onChange={(next) => onChange(typeof next === "number" ? Math.round(next * unit) : undefined)}
          min={1}
          {...(field.max === undefined ? {} : { max: field.max })}
          placeholder={placeholder}
          allowDecimal={type === "mebibytes"}
          allowNegative={false}
          suffix={type === "mebibytes" ? " MiB" : ""}
        />
      );
    }
    case "choice":
      return (
        <Select
          {...shared}
          data={(field.choices ?? []).map((choice) => ({ value: choice, label: t(`destinations.choice.${choice === "aws:kms" ? "awsKms" : choice}`) }))}
          value={typeof value === "string" ? value : null}
          onChange={(next) => onChange(next ?? undefined)}
          placeholder={t("destinations.byItself")}
          clearable
        />
      );
    case "mails":
      return (
        <TagsInput
          {...shared}
          value={Array.isArray(value) ? value.map(String) : []}
          onChange={onChange}
          placeholder={placeholder}
          splitChars={[",", ";"]}
          maxTags={100}
          acceptValueOnBlur
          required={false}
          withAsterisk={required}
        />
      );
    case "lines":
      return (
        <Textarea
          {...shared}
          value={typeof value === "string" ? value : ""}
          onChange={(event) => onChange(event.currentTarget.value)}
          placeholder={placeholder}
          autosize
          minRows={2}
          maxRows={8}
        />
      );
    case "text":
      return (
        <TextInput
          {...shared}
          value={typeof value === "string" ? value : ""}
          onChange={(event) => onChange(event.currentTarget.value)}
          placeholder={placeholder}
        />
      );
  }
}
