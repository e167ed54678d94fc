/** By which keys rows are grouped, with which measures. */
import { ActionIcon, Button, Checkbox, Group, NativeSelect, Popover, Stack, Text } from "@mantine/core";
import { IconStack2, IconX } from "@tabler/icons-react";
import { fieldOf } from "../ask";
import { groupedBy } from "../definition";
import { BUCKETS, type Bucket, type Definition, type GroupKey, type KindOffer } from "../types";
import { labelOf } from "../vocabulary";
import { useWords } from "../words";
import { bucketWords } from "./buckets";

interface Props {
  definition: Definition;
  offer: KindOffer;
  onChange: (definition: Definition) => void;
}

/** Most keys that the server groups by. */
const MAX_KEYS = 8;

export function GroupBy({ definition, offer, onChange }: Props) {
  const { t } = useWords();
  const keys = definition.group_by ?? [];
  const set = (next: GroupKey[]): void => onChange(groupedBy(definition, next));
  const name = (field: string): string => {
    const found = fieldOf(offer, field);
    return found === undefined ? field : labelOf(found, t);
  };
  const fields = offer.columns.filter((field) => field.makes_groups).map((field) => ({ value: field.name, label: labelOf(field, t) }));
  fields.sort((one, other) => one.label.localeCompare(other.label));
  const add = (field: string): void => {
    if (field === "") return;
    set([...keys, fieldOf(offer, field)?.type === "timestamp" ? { field, bucket: "day" } : { field }]);
  };
  return (
    <Popover position="bottom-end" shadow="md" width={340} trapFocus withinPortal>
      <Popover.Target>
        <Button size="compact-sm" variant={keys.length > 0 ? "light" : "default"} leftSection={<IconStack2 size={16} aria-hidden />}>
          {keys.length === 0 ? t("report:action.group") : `${t("report:action.group")}: ${keys.map(({ field }) => name(field)).join(" → ")}`}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="sm">
        <Stack gap="xs">
          <Text size="xs" fw={600}>
            {t("report:group.title")}
          </Text>
          {keys.length === 0 && (
            <Text size="xs" c="dimmed">
              {t("report:group.none")}
            </Text>
          )}
          {keys.map((key, place) => (
            <Group key={`${key.field} ${key.bucket ?? ""}`} gap="xs" wrap="nowrap" justify="space-between">
              <Text size="sm" truncate>
                {name(key.field)}
              </Text>
              <Group gap={4} wrap="nowrap">
                {fieldOf(offer, key.field)?.type === "timestamp" && (
                  <NativeSelect
                    size="xs"
                    aria-label={`${t("report:group.bucket")}: ${name(key.field)}`}
                    value={key.bucket ?? "day"}
                    onChange={(event) => set(keys.map((one, at) => (at === place ? { field: key.field, bucket: event.currentTarget.value as Bucket } : one)))}
                    data={BUCKETS.map((bucket) => ({ value: bucket, label: bucketWords(bucket, t) }))}
                  />
                )}
                <ActionIcon size="sm" variant="subtle" color="gray" aria-label={t("report:group.remove", { key: name(key.field) })} onClick={() => set(keys.filter((_, at) => at !== place))}>
                  <IconX size={14} aria-hidden />
                </ActionIcon>
              </Group>
            </Group>
          ))}
          {keys.length < MAX_KEYS && (
            <NativeSelect
              size="xs"
              aria-label={t("report:group.add")}
              value=""
              onChange={(event) => add(event.currentTarget.value)}
              data={[{ value: "", label: t("report:group.add") }, ...fields.filter(({ value }) => !keys.some(({ field }) => field === value))]}
            />
          )}
          {keys.length > 0 && <Measures definition={definition} offer={offer} onChange={onChange} />}
          {keys.length > 0 && (
            <Button size="compact-xs" variant="subtle" onClick={() => set([])}>
              {t("report:group.end")}
            </Button>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function Measures({ definition, offer, onChange }: Props) {
  const { t } = useWords();
  const chosen = definition.measures ?? ["count"];
  return (
    <Checkbox.Group
      label={t("report:group.measures")}
      size="xs"
      value={[...new Set(["count", ...chosen])]}
      onChange={(measures) => onChange({ ...definition, measures })}
    >
      <Stack gap={8} mt={4}>
        {offer.measures.map((measure) => (
          <Checkbox key={measure.name} size="xs" value={measure.name} label={labelOf(measure, t)} title={measure.meaning} disabled={measure.name === "count"} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
