/** Makes an API key: what it may do, until when, and which rows it may show. */
import { Box, Checkbox, Input, Select, Stack } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../../api/client";
import { useWho } from "../../session/session";
import { Fault, useTried } from "../../ui/Form";
import { FormDrawer } from "../../ui/FormDrawer";
import { TextField } from "../../ui/TextField";
import { isSame } from "../../ui/merge";
import { usePermissionWords } from "../../ui/permission-words";
import { useSaving } from "../../ui/use-saving";
import { ScopeEditor } from "../profiles/ScopeEditor";
import { type ScopeEntry, entryOf, scopeOf } from "../profiles/scope";
import { usePermissions } from "../profiles/use-permissions";
import { useStored } from "../settings/use-change";
import { KEY_SCOPES, endOfDay } from "./keys";

const TERMS = ["never", "30", "90", "365", "date"] as const;
type Term = (typeof TERMS)[number];
const FIELDS = ["name", "scopes", "expires_at", "data_scope"];

interface Draft {
  name: string;
  scopes: string[];
  term: Term;
  date: string;
  rows: ScopeEntry;
}

const NEW: Draft = { name: "", scopes: [], term: "90", date: "", rows: entryOf("all") };

interface Props {
  onClose: () => void;
  onMade: (key: string) => void;
}

export function KeyForm({ onClose, onMade }: Props) {
  const { t } = useTranslation("setup");
  const saving = useSaving(FIELDS);
  const stored = useStored(["keys"]);
  const [draft, setDraft] = useState(NEW);
  const set = (part: Partial<Draft>, field: string): void => {
    setDraft({ ...draft, ...part });
    saving.touched(field);
  };
  const save = async (): Promise<void> => {
    const { name, scopes, term, date, rows } = draft;
    const body = { name, scopes, expires_at: expiry(term, date), data_scope: scopeOf(rows) as unknown as Record<string, never> };
    const { key } = await told(api.POST("/api/v1/keys", { body }));
    onMade(key);
    await stored(t("keys.made", { name }), onClose);
  };
  return (
    <FormDrawer
      title={t("keys.create")}
      onClose={onClose}
      onSubmit={() => saving.run({ save })}
      busy={saving.busy}
      isChanged={!isSame(draft, NEW)}
      failure={saving.failure}
      word={t("keys.create")}
    >
      <TextField
        label={t("keys.name")}
        description={t("keys.nameHint")}
        value={draft.name}
        onChange={(name) => set({ name }, "name")}
        error={saving.at("name")}
        limit={200}
        required
        withAsterisk
      />
      <Scopes scopes={draft.scopes} error={saving.at("scopes")} onChange={(scopes) => set({ scopes }, "scopes")} />
      <Select
        label={t("keys.expires")}
        data={TERMS.map((value) => ({ value, label: t(`keys.term.${value}`) }))}
        value={draft.term}
        onChange={(next) => set({ term: TERMS.find((known) => known === next) ?? "90" }, "expires_at")}
        allowDeselect={false}
        error={saving.at("expires_at")}
      />
      {draft.term === "date" && (
        <TextField type="date" label={t("keys.lastDay")} value={draft.date} onChange={(date) => set({ date }, "expires_at")} required withAsterisk />
      )}
      <Input.Wrapper label={t("keys.rowsLabel")} description={t("keys.rowsHint")} labelElement="div">
        <Box mt="xs">
          <ScopeEditor scope={draft.rows} readOnly={false} error={saving.at("data_scope")} onChange={(rows) => set({ rows }, "data_scope")} />
        </Box>
      </Input.Wrapper>
    </FormDrawer>
  );
}

interface ScopesProps {
  scopes: string[];
  error: ReactNode;
  onChange: (scopes: string[]) => void;
}

function Scopes({ scopes, error, onChange }: ScopesProps) {
  const { t } = useTranslation("setup");
  const tried = useTried();
  const lacked = useLacked();
  const wrong = scopes.length === 0 && tried ? t("keys.scopesWanted") : error;
  return (
    <Box data-wrong={wrong !== undefined || undefined}>
      <Fault is={scopes.length === 0} />
      <Checkbox.Group
        label={t("keys.scopes")}
        description={t("keys.scopesHint")}
        // Above what is to be chosen, not under the buttons below.
        inputWrapperOrder={["label", "description", "error", "input"]}
        value={scopes}
        onChange={onChange}
        error={wrong}
        withAsterisk
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
    </Box>
  );
}

/** The permissions of a scope that whoever makes the key doesn't have: nobody gives more than they have. */
function useLacked(): (scope: string) => string[] {
  const { can } = useWho();
  const words = usePermissionWords();
  const { data = [] } = usePermissions();
  const lacked = (scope: string) => data.filter((one) => one.key_scope === scope && !can(one.permission));
  return (scope) => lacked(scope).map(({ permission }) => words.titled(permission));
}

function expiry(term: Term, date: string): string | null {
  if (term === "never") return null;
  if (term === "date") return endOfDay(date);
  return new Date(Date.now() + Number(term) * 86_400_000).toISOString();
}
