/** A scope in a few words. */
import { useTranslation } from "react-i18next";
import { conditionsOf, entryOf, scopeIn } from "./scope";

export function useScopeText(): (scope: unknown) => string {
  const { t } = useTranslation("users");
  return (answer) => {
    const { isAll, parts } = entryOf(scopeIn(answer));
    if (isAll) return t("scope.all");
    const texts = parts.map((part) => {
      const [first = "", ...rest] = conditionsOf(part);
      return rest.length > 1 ? t("scope.more", { first, count: rest.length }) : [first, ...rest].join(", ");
    });
    return texts.join(` ${t("scope.or")} `);
  };
}
