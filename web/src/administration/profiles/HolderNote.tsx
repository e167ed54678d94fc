/** How many users have a security profile, and what a change of it does to them. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../i18n/use-format";
import { useHolders } from "./use-holders";

export function HolderNote({ id, readOnly }: { id: string; readOnly: boolean }) {
  const { t } = useTranslation("users");
  const format = useFormat();
  const holders = useHolders();
  if (holders === null) return null;
  const count = holders(id).length;
  const having = count === 0 ? t("profile.hadNone") : t("profile.had", { count, shown: format.number(count) });
  return (
    <Text size="sm" c="dimmed">
      {count === 0 || readOnly ? `${having}.` : `${having}. ${t("profile.saves")}`}
    </Text>
  );
}
