/** Which format a file has, and how a CSV is written. */
import { Checkbox, Select, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { FORMATS, type FileStyle } from "./file-style";

interface Props {
  value: FileStyle;
  onChange: (value: FileStyle) => void;
}

export function FileStyleFields({ value, onChange }: Props) {
  const { t } = useTranslation("library");
  return (
    <Stack gap="sm">
      <Select
        label={t("form.format")}
        data={FORMATS.map((format) => ({ value: format, label: t(`file.${format}`) }))}
        value={value.format}
        allowDeselect={false}
        onChange={(format) => onChange({ ...value, format: format ?? value.format })}
      />
      {value.format === "csv" && (
        <>
          <Checkbox
            label={t("form.raw")}
            description={t("form.rawHint")}
            checked={value.raw}
            onChange={(event) => onChange({ ...value, raw: event.currentTarget.checked })}
          />
          <Checkbox label={t("form.bom")} checked={value.bom} onChange={(event) => onChange({ ...value, bom: event.currentTarget.checked })} />
        </>
      )}
    </Stack>
  );
}
