/** The filters of a report as chips: those of the kind that are offered first, those that are set, and a way to add others. */
import { Button, CloseButton, Group, Popover, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { fieldOf } from "../ask";
import { withFilter, withSpanning, withoutAsOf, withoutFilter } from "../definition";
import type { Definition, Field, Filter, KindOffer } from "../types";
import { labelOf } from "../vocabulary";
import { useWords } from "../words";
import { FilterChip } from "./FilterChip";
import classes from "./Filters.module.css";

interface Props {
  definition: Definition;
  offer: KindOffer;
  onChange: (definition: Definition) => void;
  /** The field whose editor was asked for elsewhere. */
  editing: string | null;
  onEditing: (field: string | null) => void;
  /** The place of the filter that the server refuses. */
  refused: number | null;
}

/** A chip: a filter that is set, or a field that may get one. */
type Chip = { field: string; filter: Filter; place: number } | { field: string; filter: null; place: null };

export function FilterBar({ definition, offer, onChange, editing, onEditing, refused }: Props) {
  const { t } = useWords();
  const { filters } = definition;
  const chips: Chip[] = filters.map((filter, place) => ({ field: filter.field, filter, place }));
  for (const field of [...offer.filters, ...(editing === null ? [] : [editing])]) {
    if (!chips.some((chip) => chip.field === field)) chips.push({ field, filter: null, place: null });
  }
  const set = (chip: Chip, filter: Filter | null): void => {
    if (chip.filter === null) {
      if (filter !== null) onChange(withFilter(definition, filter));
    } else if (filter === null) onChange(withoutFilter(definition, chip.place));
    else onChange({ ...definition, filters: filters.map((before, place) => (place === chip.place ? filter : before)) });
  };
  const first = editing === null ? -1 : chips.findIndex((chip) => chip.field === editing);
  return (
    <Group gap={6} role="group" aria-label={t("report:filter.label")} className={classes.bar}>
      {chips.map((chip, at) => (
        <FilterChip
          key={chip.filter === null ? chip.field : `${chip.field} ${chip.place}`}
          definition={definition}
          offer={offer}
          field={fieldOf(offer, chip.field)}
          name={chip.field}
          filter={chip.filter}
          place={chip.place}
          isRefused={chip.place !== null && chip.place === refused}
          isOpened={at === first}
          onOpened={(isOpened) => onEditing(isOpened ? chip.field : null)}
          onSet={(filter) => set(chip, filter)}
        />
      ))}
      {definition.as_of_seq !== undefined && <AsOfChip seq={definition.as_of_seq} onRemove={() => onChange(withoutAsOf(definition))} />}
      <AddFilter offer={offer} onPick={(field) => onEditing(field)} />
      {definition.report === "login_logout" && (
        <Button
          size="compact-sm"
          variant={definition.spanning === true ? "light" : "default"}
          aria-pressed={definition.spanning === true}
          onClick={() => onChange(withSpanning(definition, definition.spanning !== true))}
        >
          {t("report:filter.spanning")}
        </Button>
      )}
    </Group>
  );
}

/** Says that later events are left out, which an address may ask for. */
function AsOfChip({ seq, onRemove }: { seq: number; onRemove: () => void }) {
  const { t, format } = useWords();
  const told = t("report:watermark.asOf", { seq: format.number(seq) });
  return (
    <Group gap={0} wrap="nowrap" className={classes.chip} data-set>
      <Text size="sm" fw={600} pl="xs" pr={4}>
        {told}
      </Text>
      <CloseButton size={24} iconSize={14} mr={2} aria-label={t("report:filter.remove", { filter: told })} onClick={onRemove} />
    </Group>
  );
}

/** A menu of all fields, found by a text. */
function AddFilter({ offer, onPick }: { offer: KindOffer; onPick: (field: string) => void }) {
  const { t } = useWords();
  const [search, setSearch] = useState("");
  const [opened, setOpened] = useState(false);
  const found = matching(offer.columns, search, (field) => labelOf(field, t));
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="md" width={260} trapFocus withinPortal onClose={() => setSearch("")}>
      <Popover.Target>
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<IconPlus size={14} aria-hidden />}
          aria-label={t("report:filter.addField")}
          onClick={() => setOpened(!opened)}
        >
          {t("report:filter.add")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs">
        <TextInput
          size="xs"
          mb={4}
          data-autofocus
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          placeholder={t("report:filter.searchFields")}
          aria-label={t("report:filter.searchFields")}
        />
        <Stack gap={0} className="menu-long">
          {found.map((field) => (
            <Button
              key={field.name}
              size="compact-sm"
              variant="subtle"
              color="gray"
              c="inherit"
              justify="flex-start"
              fw={400}
              onClick={() => {
                setOpened(false);
                onPick(field.name);
              }}
            >
              {labelOf(field, t)}
            </Button>
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

/** The fields whose words contain a text, by their words. */
export function matching(fields: readonly Field[], search: string, label: (field: Field) => string): Field[] {
  const wanted = search.trim().toLocaleLowerCase();
  const found = fields.filter((field) => label(field).toLocaleLowerCase().includes(wanted) || field.name.includes(wanted));
  return found.sort((one, other) => label(one).localeCompare(label(other)));
}
