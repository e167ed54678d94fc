/** Values that are typed in: one after the other, each taken by Enter or a comma. */
import { TagsInput } from "@mantine/core";
import { type Entry, withTyped } from "../filter-entry";
import { useWords } from "../words";

interface Props {
  entry: Entry;
  /** Changes what was entered before: values and text change at once, and neither undoes the other. */
  onEntry: (change: (before: Entry) => Entry) => void;
}

export function ValueEntry({ entry, onEntry }: Props) {
  const { t } = useWords();
  return (
    <TagsInput
      size="xs"
      label={t("report:filter.values")}
      value={entry.values}
      searchValue={entry.text}
      onChange={(values) => onEntry((before) => ({ ...before, values }))}
      onSearchChange={(text) => onEntry((before) => withTyped(before, text))}
      splitChars={[",", "\n"]}
      acceptValueOnBlur={false}
      comboboxProps={{ withinPortal: false }}
    />
  );
}
