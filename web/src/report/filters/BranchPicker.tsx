/** A branch of the hierarchy to pick, level by level. */
import { ActionIcon, Breadcrumbs, Checkbox, Loader, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { asFailure } from "../../api/failure";
import { FailureNote } from "../../ui/States";
import { useFacet } from "../ask";
import type { Definition, Field } from "../types";
import { labelOf } from "../vocabulary";
import { useWords } from "../words";
import classes from "./Filters.module.css";

interface Props {
  definition: Definition;
  field: Field;
  chosen: readonly string[];
  onChoose: (branches: string[]) => void;
}

const SEPARATOR = " / ";

export function BranchPicker({ definition, field, chosen, onChoose }: Props) {
  const { t, format } = useWords();
  const [under, setUnder] = useState<string | null>(null);
  const { data, error, isPending, refetch } = useFacet(definition, field.name, "", under, true);
  const levels = under === null ? [] : under.split(SEPARATOR);
  const toggle = (branch: string): void => onChoose(chosen.includes(branch) ? chosen.filter((other) => other !== branch) : [...chosen, branch]);
  return (
    <Stack gap={6}>
      <Breadcrumbs separator="/" separatorMargin={4}>
        <UnstyledButton className="text-button" data-autofocus onClick={() => setUnder(null)}>
          {labelOf(field, t)}
        </UnstyledButton>
        {levels.map((level, at) => {
          const branch = levels.slice(0, at + 1).join(SEPARATOR);
          return (
            <UnstyledButton key={branch} className="text-button" onClick={() => setUnder(branch)} aria-label={t("report:filter.back", { branch })}>
              {level}
            </UnstyledButton>
          );
        })}
      </Breadcrumbs>
      {error !== null && <FailureNote failure={asFailure(error)} onAgain={() => void refetch()} />}
      {isPending && <Loader size="sm" aria-label={t("common:word.loading")} />}
      <div className={classes.list} role="group" aria-label={t("report:filter.values")}>
        {chosen
          .filter((branch) => data?.values.some(({ value }) => value === branch) !== true)
          .map((branch) => (
            <div key={branch} className={classes.item}>
              <Checkbox size="xs" checked onChange={() => toggle(branch)} label={branch} />
            </div>
          ))}
        {data?.values.map(({ value, rows, has_children, occurred }) => {
          const branch = String(value);
          const name = branch.split(SEPARATOR).at(-1) ?? branch;
          return (
            <div key={branch} className={classes.item} data-absent={!occurred || undefined}>
              <Checkbox size="xs" id={`branch-${branch}`} checked={chosen.includes(branch)} onChange={() => toggle(branch)} aria-label={branch} />
              <label htmlFor={`branch-${branch}`}>{name}</label>
              <span className={classes.count}>{format.number(rows)}</span>
              {has_children === true && (
                <ActionIcon size="sm" variant="subtle" color="gray" onClick={() => setUnder(branch)} aria-label={t("report:filter.into", { branch })}>
                  <IconChevronRight size={14} aria-hidden />
                </ActionIcon>
              )}
            </div>
          );
        })}
      </div>
      {chosen.length > 0 && (
        <Text size="xs" c="dimmed">
          {t("report:filter.chosen", { count: chosen.length })}
        </Text>
      )}
    </Stack>
  );
}
