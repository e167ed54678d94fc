/** One field of a destination's configuration. */
import { Box, Checkbox, Select, TagsInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ReactNode } from "react";
import { Fault, useTried } from "../../ui/Form";
import { NumberField } from "../../ui/NumberField";
import { LongTextField } from "../../ui/LongTextField";
import { TextField } from "../../ui/TextField";
import type { Field } from "./fields";

const MEBIBYTE = 1_048_576;

interface Props {
  field: Field;
  value: unknown;
  error?: ReactNode;
  onChange: (value: unknown) => void;
}

export function ConfigField({ field, value, error, onChange }: Props) {
  const { t } = useTranslation("setup");
  const { t: common } = useTranslation();
  const tried = useTried();
  const { name, type, required = false, otherwise } = field;
  const shared = { label: t(`destinations.field.${name}`), description: t(`destinations.hint.${name}`), error, required, withAsterisk: required };
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
        <NumberField
          label={shared.label}
          description={shared.description}
          error={error}
          optional
          value={typeof value === "number" ? value / unit : null}
          onChange={(next) => onChange(next === null ? undefined : Math.round(next * unit))}
          min={type === "number" ? 1 : 0.001}
          max={field.max ?? Infinity}
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
          label={shared.label}
          description={shared.description}
          error={error}
          data={(field.choices ?? []).map((choice) => ({ value: choice, label: t(`destinations.choice.${choice === "aws:kms" ? "awsKms" : choice}`) }))}
          value={typeof value === "string" ? value : null}
          onChange={(next) => onChange(next ?? undefined)}
          placeholder={t("destinations.byItself")}
          clearable
        />
      );
    case "mails": {
      const mails = Array.isArray(value) ? value.map(String) : [];
      const isMissing = required && mails.length === 0;
      return (
        <Box>
          <Fault is={isMissing} />
          <TagsInput
            label={shared.label}
            description={shared.description}
            error={isMissing && tried ? common("form.required") : error}
            value={mails}
            onChange={onChange}
            placeholder={placeholder}
            splitChars={[",", ";"]}
            maxTags={100}
            acceptValueOnBlur
            withAsterisk={required}
          />
        </Box>
      );
    }
    case "lines":
      return (
        <LongTextField
          {...shared}
          value={typeof value === "string" ? value : ""}
          onChange={onChange}
          placeholder={placeholder}
          autosize
          minRows={2}
          maxRows={8}
        />
      );
    case "text":
      return (
        <TextField
          {...shared}
          value={typeof value === "string" ? value : ""}
          onChange={onChange}
          placeholder={placeholder}
        />
      );
  }
}
