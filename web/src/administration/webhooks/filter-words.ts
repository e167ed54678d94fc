/** What a webhook is told of, in words. */
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";

type Filter = Schemas["WebhookFilter"];

export const CATEGORIES = ["access", "activity", "webhook_failure", "integration_failure"] as const;
export const OUTCOMES = ["success", "failure"] as const;

export interface FilterWords {
  categories: (filter: Filter) => string[];
  outcomes: (filter: Filter) => string[];
}

export function useFilterWords(): FilterWords {
  const { t } = useTranslation("setup");
  return {
    categories: (filter) => CATEGORIES.filter((category) => filter.categories.includes(category)).map((category) => t(`category.${category}`)),
    outcomes: (filter) => OUTCOMES.filter((outcome) => filter.outcomes.includes(outcome)).map((outcome) => t(`webhooks.filter.outcome.${outcome}`)),
  };
}
