/** Makes an API key: what it may do, until when, and which rows it may show. */
import { Box, Checkbox, Input, Select, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../../api/client";
import { useWho } from "../../session/session";
import { ScopeEditor } from "../profiles/ScopeEditor";
import { entryOf, isComplete, scopeOf } from "../profiles/scope";
import { FormDrawer } from "../../ui/FormDrawer";
import { fieldError, otherFailure } from "../settings/field-error";
import { useChange } from "../settings/use-change";
import { KEY_SCOPES, endOfDay } from "./keys";

const TERMS = ["never", "30", "90", "365", "date"] as const;
type Term = (typeof TERMS)[number];
const FIELDS = ["name", "scopes", "expires_at", "data_scope"];

interface Props {
  onClose: () => void;
  onMade: (key: string) => void;
}

export function KeyForm({ onClose, onMade }: Props) {
  const { t } = useTranslation("setup");
  const change = useChange(["keys"]);
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>([]);
  const [term, setTerm] = useState<Term>("90");
  const [date, setDate] = useState("");
  const [rows, setRows] = useState(() => entryOf("all"));
  const [isTried, setIsTried] = useState(false);
  const lacked = useLacked();
  const rowsWanted = isTried ? t("keys.rowsWanted") : undefined;
  const submit = (): void => {
    setIsTried(true);
    if (!isComplete(rows)) return;
    change.run(
      async () => {
        const body = { name, scopes, expires_at: expiry(term, date), data_scope: scopeOf(rows) as unknown as Record<string, never> };
        const { key } = await told(api.POST("/api/v1/keys", { body }));
        onMade(key);
      },
      t("keys.made", { name }),
      onClose,
    );
  };
  return (
    <FormDrawer
      title={t("keys.create")}
      onClose={onClose}
      onSubmit={submit}
      busy={change.busy}
      failure={otherFailure(change.failure, FIELDS)}
      word={t("keys.create")}
    >
      <TextInput
        label={t("keys.name")}
        description={t("keys.nameHint")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={fieldError(change.failure, "name")}
        maxLength={200}
        required
        data-autofocus
      />
      <Checkbox.Group
        label={t("keys.scopes")}
        description={t("keys.scopesHint")}
        value={scopes}
        onChange={setScopes}
        error={fieldError(change.failure, "scopes")}
        required
      >
        <Stack gap="xs" mt="xs">
          {KEY_SCOPES.map(({ scope, word }) => {
            const missing = lacked(scope);
            return (
              <Checkbox
                key={scope}
                value={scope}
                disabled={missing.length > 0}
                label={scope}
                description={missing.length === 0 ? t(`keys.scope.${word}`) : t("keys.lacked", { permissions: missing.join(", ") })}
              />
            );
          })}
        </Stack>
      </Checkbox.Group>
      <Select
        label={t("keys.expires")}
        data={TERMS.map((value) => ({ value, label: t(`keys.term.${value}`) }))}
        value={term}
        onChange={(next) => setTerm(TERMS.find((known) => known === next) ?? "90")}
        allowDeselect={false}
        error={fieldError(change.failure, "expires_at")}
      />
      {term === "date" && (
        <TextInput type="date" label={t("keys.lastDay")} value={date} onChange={(event) => setDate(event.currentTarget.value)} required />
      )}
      <Input.Wrapper label={t("keys.rowsLabel")} description={t("keys.rowsHint")} labelElement="div">
        <Box mt="xs">
          <ScopeEditor scope={rows} readOnly={false} error={isComplete(rows) ? fieldError(change.failure, "data_scope") : rowsWanted} onChange={setRows} />
        </Box>
      </Input.Wrapper>
    </FormDrawer>
  );
}

/** The permissions of a scope that whoever makes the key doesn't have: nobody gives more than they have. */
function useLacked(): (scope: string) => string[] {
  const { can } = useWho();
  const { data } = useQuery({
    queryKey: ["permissions", "of keys"],
    queryFn: ({ signal }) => told(api.GET("/api/v1/permissions", { signal })),
    staleTime: Infinity,
  });
  return (scope) => (data?.permissions ?? []).filter((one) => one.key_scope === scope && !can(one.permission)).map(({ permission }) => permission);
}

function expiry(term: Term, date: string): string | null {
  if (term === "never") return null;
  if (term === "date") return endOfDay(date);
  return new Date(Date.now() + Number(term) * 86_400_000).toISOString();
}
