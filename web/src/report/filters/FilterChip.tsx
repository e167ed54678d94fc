/** One filter as a chip, which opens the editor of it. */
import { Button, CloseButton, Group, Popover } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { Suspense, lazy, useRef } from "react";
import { Waiting } from "../../ui/States";
import { shownZone } from "../definition";
import type { Definition, Field, Filter, KindOffer } from "../types";
import { filterValueText, filterWords, labelOf, operatorWords } from "../vocabulary";
import { type ReportWords, useWords } from "../words";
import classes from "./Filters.module.css";
import { useNamed } from "./use-named";

// Its fields for all kinds of values are fetched when a filter is first edited.
const FilterEditor = lazy(async () => ({ default: (await import("./FilterEditor")).FilterEditor }));

interface Props {
  definition: Definition;
  offer: KindOffer;
  /** Undefined where the kind doesn't have it: an address may say anything. */
  field: Field | undefined;
  name: string;
  filter: Filter | null;
  place: number | null;
  isRefused: boolean;
  isOpened: boolean;
  onOpened: (isOpened: boolean) => void;
  onSet: (filter: Filter | null) => void;
}

export function FilterChip({ definition, offer, field, name, filter, place, isRefused, isOpened, onOpened, onSet }: Props) {
  const { t, format } = useWords();
  const zone = shownZone(definition, offer);
  const button = useRef<HTMLButtonElement>(null);
  const label = field === undefined ? name : labelOf(field, t);
  const named = useNamed(filter, field, definition);
  const told = named === null ? `${label}: ${t("report:filter.any")}` : filterWords(named, field, zone, format, t);
  const close = (): void => {
    onOpened(false);
    button.current?.focus();
  };
  return (
    <Group gap={0} wrap="nowrap" className={classes.chip} data-set={filter !== null || undefined} data-refused={isRefused || undefined}>
      <Popover
        opened={isOpened && field !== undefined}
        onChange={onOpened}
        position="bottom-start"
        shadow="md"
        width={320}
        trapFocus
        withinPortal
      >
        <Popover.Target>
          <Button
            ref={button}
            size="compact-sm"
            variant="transparent"
            className={classes.open}
            rightSection={<IconChevronDown size={14} aria-hidden />}
            aria-label={t("report:filter.edit", { filter: told })}
            title={isRefused ? t("report:filter.refused") : told}
            onClick={() => onOpened(!isOpened)}
          >
            <span className={classes.name}>{label}</span>
            <span className={classes.value}>{valueWords(named, field, zone, format, t)}</span>
          </Button>
        </Popover.Target>
        <Popover.Dropdown p="sm">
          {field !== undefined && isOpened && (
            <Suspense fallback={<Waiting lines={4} />}>
              <FilterEditor
                definition={definition}
                field={field}
                filter={filter}
                place={place}
                zone={zone}
                onSet={(next) => {
                  onSet(next);
                  close();
                }}
                onCancel={close}
              />
            </Suspense>
          )}
        </Popover.Dropdown>
      </Popover>
      {filter !== null && (
        <CloseButton size={24} iconSize={14} mr={2} aria-label={t("report:filter.remove", { filter: told })} onClick={() => onSet(null)} />
      )}
    </Group>
  );
}

/** What the chip shows of its values: the first, and how many more. */
function valueWords(filter: Filter | null, field: Field | undefined, zone: string, format: Parameters<typeof filterWords>[3], t: ReportWords): string {
  if (filter === null) return t("report:filter.any");
  const [first, ...others] = filter.values.map((value) => filterValueText(value, field, zone, format, t));
  const operator = filter.op === "in" ? "" : `${operatorWords(filter.op, field, t)} `;
  if (first === undefined) return operator.trim();
  return operator + (others.length === 0 ? first : t("report:filter.more", { first, count: others.length }));
}
