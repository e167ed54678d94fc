/** Chooses all rows, or parts of the organisation by what they have in common. */
import { ActionIcon, Button, Group, Paper, Radio, SimpleGrid, Stack, TagsInput, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { ReactNode } from "react";
import { useFormat } from "../../i18n/use-format";
import { Fault, useTried } from "../../ui/Form";
import { EMPTY_PART, type PartEntry, type ScopeEntry, conditionsOf, isComplete, isTag } from "./scope";
import { type Suggestions, unknownOf } from "./suggestions";
import { useSuggestions } from "./use-suggestions";

interface Props {
  scope: ScopeEntry;
  readOnly: boolean;
  /** What the server has against it. */
  error: ReactNode;
  onChange: (scope: ScopeEntry) => void;
}

export function ScopeEditor({ scope, readOnly, error, onChange }: Props) {
  const { t } = useTranslation("users");
  const { parts, isAll } = scope;
  const suggestions = useSuggestions(!isAll && !readOnly);
  const set = (at: number, part: PartEntry): void => onChange({ ...scope, parts: parts.with(at, part) });
  return (
    <Stack gap="sm">
      <Fault is={!isComplete(scope)} />
      {readOnly && isAll && <Text size="sm">{t("scope.all")}</Text>}
      {!readOnly && (
        <Radio.Group
          aria-label={t("scope.title")}
          value={isAll ? "all" : "parts"}
          onChange={(value) => onChange({ ...scope, isAll: value === "all" })}
          error={error}
          data-wrong={error !== undefined || undefined}
        >
          <Group gap="lg">
            <Radio value="all" label={t("scope.all")} />
            <Radio value="parts" label={t("scope.parts")} />
          </Group>
        </Radio.Group>
      )}
      {!isAll && (
        <>
          <Text size="sm" c="dimmed">
            {t("scope.explain")}
          </Text>
          {parts.map((part, at) => (
            <PartFields
              key={at}
              number={at + 1}
              part={part}
              readOnly={readOnly}
              suggestions={suggestions}
              onChange={(changed) => set(at, changed)}
              onRemove={parts.length > 1 ? () => onChange({ ...scope, parts: parts.toSpliced(at, 1) }) : null}
            />
          ))}
          {!readOnly && (
            <Group>
              <Button
                size="xs"
                variant="default"
                leftSection={<IconPlus size={14} aria-hidden />}
                onClick={() => onChange({ ...scope, parts: [...parts, EMPTY_PART] })}
              >
                {t("scope.addPart")}
              </Button>
            </Group>
          )}
        </>
      )}
    </Stack>
  );
}

const NAMED = [
  { name: "hierarchies", word: "hierarchies" },
  { name: "routing_profiles", word: "routingProfiles" },
  { name: "tags", word: "tags" },
  { name: "employee_ids", word: "employeeIds" },
] as const;

interface PartProps {
  number: number;
  part: PartEntry;
  readOnly: boolean;
  suggestions: Suggestions;
  onChange: (part: PartEntry) => void;
  onRemove: (() => void) | null;
}

function PartFields({ number, part, readOnly, suggestions, onChange, onRemove }: PartProps) {
  const { t } = useTranslation("users");
  const { list } = useFormat();
  const tried = useTried();
  const isEmpty = conditionsOf(part).length === 0;
  const unknown = (name: keyof PartEntry): string[] => (readOnly ? [] : unknownOf(suggestions, name, part[name]));
  const shared = (name: keyof PartEntry) => ({
    value: part[name],
    onChange: (value: string[]) => onChange({ ...part, [name]: value }),
    placeholder: part[name].length > 0 ? undefined : readOnly ? t("scope.none") : t("scope.enter"),
    data: suggestions.texts[name],
    limit: 50,
    maxDropdownHeight: 240,
    readOnly,
    acceptValueOnBlur: true,
    // A comma may belong to what is typed.
    splitChars: [],
  });
  return (
    <Paper withBorder p="sm" component="section" aria-label={t("scope.part", { number })}>
      <Group justify="space-between" mb="xs">
        <Title order={3}>{t("scope.part", { number })}</Title>
        {!readOnly && onRemove !== null && (
          <ActionIcon variant="default" onClick={onRemove} aria-label={t("scope.removePart", { number })}>
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        )}
      </Group>
      {isEmpty && tried && (
        <Text size="xs" c="var(--mantine-color-error)" role="alert" mb="xs">
          {t("scope.wanted")}
        </Text>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" data-wrong={(isEmpty && tried) || undefined}>
        <TagsInput label={t("scope.hierarchies")} description={t("scope.hierarchiesHint")} {...shared("hierarchies")} />
        <TagsInput label={t("scope.routingProfiles")} description={t("scope.oneOf")} {...shared("routing_profiles")} />
        <TagsInput
          label={t("scope.tags")}
          description={t("scope.tagsHint")}
          {...shared("tags")}
          error={part.tags.every(isTag) ? undefined : t("scope.tagShape")}
        />
        <TagsInput label={t("scope.employeeIds")} description={t("scope.oneOf")} {...shared("employee_ids")} />
      </SimpleGrid>
      <Stack gap={2} role="status" mt={4}>
        {NAMED.map(({ name, word }) => {
          const texts = unknown(name);
          return (
            texts.length > 0 && (
              <Group key={name} gap={6} wrap="nowrap" align="flex-start">
                <IconAlertTriangle size={16} aria-hidden />
                <Text size="xs">{t("scope.unknown", { field: t(`scope.${word}`), values: list(texts) })}</Text>
              </Group>
            )
          );
        })}
      </Stack>
    </Paper>
  );
}
