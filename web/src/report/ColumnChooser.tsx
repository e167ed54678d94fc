/** Which columns are shown, and in which order: by a list that can be dragged through by keys and by pointer. */
import { ActionIcon, Button, Checkbox, Group, Popover, ScrollArea, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconColumns3, IconPin } from "@tabler/icons-react";
import { useState } from "react";
import { fieldOf } from "./ask";
import { columnsOf, withColumns } from "./definition";
import { matching } from "./filters/FilterBar";
import { shownOrder } from "./table/layout";
import type { Definition, KindOffer } from "./types";
import { labelOf } from "./vocabulary";
import { useWords } from "./words";

interface Props {
  definition: Definition;
  offer: KindOffer;
  /** Columns that stay at the left. */
  pinned: readonly string[];
  onChange: (definition: Definition) => void;
}

export function ColumnChooser({ definition, offer, pinned, onChange }: Props) {
  const { t } = useWords();
  const [search, setSearch] = useState("");
  const shown = shownOrder(columnsOf(definition, offer), pinned);
  const set = (columns: readonly string[]): void => onChange(withColumns(definition, columns));
  const hidden = matching(
    offer.columns.filter(({ name }) => !shown.includes(name)),
    search,
    (field) => labelOf(field, t),
  );
  const label = (name: string): string => {
    const field = fieldOf(offer, name);
    return field === undefined ? name : labelOf(field, t);
  };
  const move = (place: number, by: number): void => {
    const name = shown[place];
    if (name === undefined) return;
    const others = shown.filter((_, at) => at !== place);
    set([...others.slice(0, place + by), name, ...others.slice(place + by)]);
  };
  // Pinned columns move among themselves, the others too.
  const canMove = (place: number, by: number): boolean => {
    const [name, neighbour] = [shown[place], shown[place + by]];
    return name !== undefined && neighbour !== undefined && pinned.includes(name) === pinned.includes(neighbour);
  };
  return (
    <Popover position="bottom-end" shadow="md" width={320} trapFocus returnFocus withinPortal>
      <Popover.Target>
        <Button size="compact-sm" variant="default" leftSection={<IconColumns3 size={16} aria-hidden />}>
          {t("report:action.columns")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="sm">
        <Stack gap="xs">
          <TextInput
            size="xs"
            data-autofocus
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            placeholder={t("report:chooser.search")}
            aria-label={t("report:chooser.search")}
          />
          <ScrollArea.Autosize mah="50vh" type="auto" offsetScrollbars>
            <Text size="xs" fw={600} mb={4}>
              {t("report:chooser.shown")}
            </Text>
            {shown.map((name, place) => (
              <Group key={name} gap={4} wrap="nowrap" justify="space-between">
                <Tooltip label={t("report:chooser.last")} disabled={shown.length > 1}>
                  <Checkbox
                    size="xs"
                    checked
                    disabled={shown.length === 1}
                    label={label(name)}
                    aria-label={t("report:chooser.hide", { column: label(name) })}
                    onChange={() => set(shown.filter((other) => other !== name))}
                  />
                </Tooltip>
                <Group gap={2} wrap="nowrap">
                  {pinned.includes(name) && <IconPin size={14} role="img" aria-label={t("report:chooser.pinned")} />}
                  <ActionIcon size="sm" variant="subtle" color="gray" disabled={!canMove(place, -1)} aria-label={t("report:chooser.up", { column: label(name) })} onClick={() => move(place, -1)}>
                    <IconArrowUp size={14} aria-hidden />
                  </ActionIcon>
                  <ActionIcon
                    size="sm"
                    variant="subtle"
                    color="gray"
                    disabled={!canMove(place, 1)}
                    aria-label={t("report:chooser.down", { column: label(name) })}
                    onClick={() => move(place, 1)}
                  >
                    <IconArrowDown size={14} aria-hidden />
                  </ActionIcon>
                </Group>
              </Group>
            ))}
            <Text size="xs" fw={600} mt="sm" mb={4}>
              {t("report:chooser.hidden")}
            </Text>
            <Stack gap={8}>
              {hidden.map((field) => (
                <Checkbox
                  key={field.name}
                  size="xs"
                  checked={false}
                  label={labelOf(field, t)}
                  title={field.meaning}
                  aria-label={t("report:chooser.show", { column: labelOf(field, t) })}
                  onChange={() => set([...shown, field.name])}
                />
              ))}
            </Stack>
          </ScrollArea.Autosize>
          <Button size="compact-xs" variant="subtle" onClick={() => onChange(withColumns(definition, offer.default_columns))}>
            {t("report:chooser.usual")}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
