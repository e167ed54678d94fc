/** Values that are typed in: one after the other, each taken by Enter or a comma. */
import { TagsInput } from "@mantine/core";
import type { Entry } from "../filter-entry";
import { useWords } from "../words";

export function ValueEntry({ entry, onEntry }: { entry: Entry; onEntry: (entry: Entry) => void }) {
  const { t } = useWords();
  return (
    <TagsInput
      size="xs"
      label={t("report:filter.values")}
      value={entry.values}
      searchValue={entry.text}
      onChange={(values) => onEntry({ values, text: "" })}
      onSearchChange={(text) => onEntry({ ...entry, text })}
      splitChars={[",", "\n"]}
      acceptValueOnBlur={false}
      comboboxProps={{ withinPortal: false }}
    />
  );
}
