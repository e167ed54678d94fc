/** Values to pick from: those that occur in the range, with their rows, then those that are known and did not occur. */
import { Checkbox, Group, Loader, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { asFailure } from "../../api/failure";
import { FailureNote } from "../../ui/States";
import { useFacet } from "../ask";
import { type Entry, choices } from "../filter-entry";
import type { Definition, Field, FacetValue } from "../types";
import { filterValueText } from "../vocabulary";
import { useWords } from "../words";
import classes from "./Filters.module.css";

interface Props {
  /** With the other filters alone. */
  definition: Definition;
  field: Field;
  entry: Entry;
  onEntry: (entry: Entry) => void;
}

export function ValuePicker({ definition, field, entry, onEntry }: Props) {
  const { t, format } = useWords();
  const [search, setSearch] = useState("");
  const [wanted] = useDebouncedValue(search.trim(), 200);
  // The words of a closed vocabulary are the page's, so they are looked through here.
  const isClosed = field.words !== undefined || !field.has_facet;
  const { data, error, isFetching, refetch } = useFacet(definition, field.name, isClosed ? "" : wanted, null, field.has_facet);
  const words = (value: string): string => filterValueText(value, field, definition.time_zone, format, t);
  const told = data?.values ?? (field.has_facet ? [] : choices(field).map(([value]) => ({ value, rows: 0, occurred: true })));
  const values = (told as FacetValue[]).map((one) => ({ ...one, text: String(one.value), label: one.label ?? words(String(one.value)) }));
  const shown = isClosed ? values.filter(({ label }) => label.toLocaleLowerCase().includes(search.trim().toLocaleLowerCase())) : values;
  // What is chosen stays in sight, also where it isn't among those that are told.
  const unseen = entry.values.filter((value) => !values.some(({ text }) => text === value));
  const toggle = (value: string): void => {
    const isChosen = entry.values.includes(value);
    onEntry({ values: isChosen ? entry.values.filter((other) => other !== value) : [...entry.values, value], text: "" });
  };
  const isNew = wanted !== "" && !isClosed && !values.some(({ text }) => text === wanted) && !entry.values.includes(wanted);
  return (
    <Stack gap={6}>
      <TextInput
        size="xs"
        data-autofocus
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        placeholder={t("report:filter.search")}
        aria-label={t("report:filter.search")}
        rightSection={isFetching ? <Loader size={14} aria-hidden /> : null}
      />
      {error !== null && <FailureNote failure={asFailure(error)} onAgain={() => void refetch()} />}
      <div className={classes.list} role="group" aria-label={t("report:filter.values")} tabIndex={-1}>
        {unseen.map((value) => (
          <Choice key={value} id={`${field.name}-${value}`} label={words(value)} isChosen onToggle={() => toggle(value)} />
        ))}
        {shown.map(({ text, label, rows, occurred }) => (
          <Choice
            key={text}
            id={`${field.name}-${text}`}
            label={label}
            count={field.has_facet ? format.number(rows) : undefined}
            isAbsent={!occurred}
            isChosen={entry.values.includes(text)}
            onToggle={() => toggle(text)}
          />
        ))}
        {shown.length === 0 && unseen.length === 0 && !isFetching && error === null && (
          <Text size="xs" c="dimmed" p={4}>
            {t("report:filter.none")}
          </Text>
        )}
        {isNew && (
          <UnstyledButton className={classes.item} onClick={() => toggle(wanted)}>
            {t("report:filter.addValue", { value: wanted })}
          </UnstyledButton>
        )}
      </div>
      <Group justify="space-between" gap="xs">
        <Text size="xs" c="dimmed">
          {data !== undefined && data.others.values > 0
            ? t("report:filter.others", {
                values: format.number(data.others.values),
                rows: t("report:total", { count: data.others.rows, shown: format.number(data.others.rows) }),
              })
            : error === null || entry.values.length > 0
              ? t("report:filter.chosen", { count: entry.values.length })
              : null}
        </Text>
        {entry.values.length > 0 && (
          <UnstyledButton className="text-button" onClick={() => onEntry({ values: [], text: "" })}>
            {t("report:filter.clear")}
          </UnstyledButton>
        )}
      </Group>
    </Stack>
  );
}

interface ChoiceProps {
  id: string;
  label: string;
  count?: string | undefined;
  isAbsent?: boolean;
  isChosen: boolean;
  onToggle: () => void;
}

function Choice({ id, label, count, isAbsent = false, isChosen, onToggle }: ChoiceProps) {
  const { t } = useWords();
  return (
    <div className={classes.item} data-absent={isAbsent || undefined} title={isAbsent ? t("report:filter.notOccurred") : undefined}>
      <Checkbox size="xs" id={id} checked={isChosen} onChange={onToggle} aria-label={isAbsent ? `${label} (${t("report:filter.notOccurred")})` : label} />
      <label htmlFor={id} title={label}>
        {label}
      </label>
      {count !== undefined && <span className={classes.count}>{count}</span>}
    </div>
  );
}
