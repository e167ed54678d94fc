/** What a profile allows: a row for each area, a column for each level. */
import { Badge, Checkbox, Group, Table, Text, Tooltip, VisuallyHidden } from "@mantine/core";
import { IconCheck, IconMinus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import classes from "./PermissionMatrix.module.css";
import { type Area, LEVELS, type Permission, areasOf, giving, highest, taking } from "./permissions";
import { usePermissionWords } from "../../ui/permission-words";

interface Props {
  permissions: readonly Permission[];
  given: readonly string[];
  readOnly: boolean;
  onChange: (given: string[]) => void;
}

export function PermissionMatrix({ permissions, given, readOnly, onChange }: Props) {
  const { t } = useTranslation("users");
  const words = usePermissionWords();
  const toggle = (permission: string, on: boolean): void => onChange((on ? giving : taking)(permissions, given, permission));
  return (
    <Table.ScrollContainer minWidth={540} type="native" className="list">
      <Table verticalSpacing={6} className={classes.matrix} aria-label={t("matrix.label")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t("matrix.area")}</Table.Th>
            {LEVELS.map((level) => (
              <Table.Th key={level} scope="col" className={classes.level}>
                {words.level(level)}
              </Table.Th>
            ))}
            <Table.Th scope="col">{t("matrix.other")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {areasOf(permissions).map((area) => (
            <Table.Tr key={area.name}>
              <Table.Th scope="row" className={classes.area}>
                <AreaHead area={area} given={given} />
              </Table.Th>
              {[...LEVELS, "other" as const].map((column) => (
                <Table.Td key={column} className={column === "other" ? undefined : classes.level}>
                  <Choice
                    permission={area.levels[column]}
                    isNamed={column === "other"}
                    isGiven={given.includes(area.levels[column]?.permission ?? "")}
                    readOnly={readOnly}
                    onToggle={toggle}
                  />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** The name of an area, and what of it is allowed now. */
function AreaHead({ area, given }: { area: Area; given: readonly string[] }) {
  const { t } = useTranslation("users");
  const words = usePermissionWords();
  const allowed = highest(area, given).map(words.allows);
  return (
    <>
      <Group gap={6}>
        <Text span size="sm" fw={550}>
          {words.area(area.name)}
        </Text>
        {area.all.some(({ divisible }) => !divisible) && (
          <Tooltip label={t("matrix.wholeOnlyHint")}>
            <Badge variant="default" size="sm" tt="none" fw={500} tabIndex={0}>
              {t("matrix.wholeOnly")}
            </Badge>
          </Tooltip>
        )}
      </Group>
      <Text size="xs" c="dimmed" fw={400}>
        {allowed.length === 0 ? t("matrix.nothing") : allowed.join(" · ")}
      </Text>
    </>
  );
}

interface ChoiceProps {
  permission: Permission | undefined;
  /** Whether the column doesn't say what it is. */
  isNamed: boolean;
  isGiven: boolean;
  readOnly: boolean;
  onToggle: (permission: string, on: boolean) => void;
}

function Choice({ permission, isNamed, isGiven, readOnly, onToggle }: ChoiceProps) {
  const words = usePermissionWords();
  if (permission === undefined) return null;
  const level = words.level(permission.level);
  if (readOnly) return <Given level={level} isNamed={isNamed} isGiven={isGiven} />;
  return (
    <Tooltip label={words.allows(permission)}>
      <Checkbox
        classNames={{ body: classes.choice }}
        checked={isGiven}
        onChange={(event) => onToggle(permission.permission, event.currentTarget.checked)}
        aria-label={`${words.area(permission.area)}: ${level}`}
        {...(isNamed ? { label: level } : {})}
      />
    </Tooltip>
  );
}

/** What can't be chosen is told. */
function Given({ level, isNamed, isGiven }: { level: string; isNamed: boolean; isGiven: boolean }) {
  const { t } = useTranslation();
  return (
    <span className={isGiven ? classes.given : classes.notGiven}>
      {isGiven ? <IconCheck size={18} stroke={2.4} aria-hidden /> : <IconMinus size={18} aria-hidden />}
      <VisuallyHidden>{isGiven ? t("word.yes") : t("word.no")}</VisuallyHidden>
      {isNamed && <Text span size="sm">{level}</Text>}
    </span>
  );
}
