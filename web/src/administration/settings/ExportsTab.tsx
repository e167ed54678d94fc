/** Which passwords open exported archives, and for how long their files are kept. */
import { Radio, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Schemas, api, toldWithTag } from "../../api/client";
import { NumberField } from "../../ui/NumberField";
import { Setting } from "./Setting";

type Body = Schemas["ExportSettingsBody"];
/** While one types, the number may be missing. */
type Draft = Omit<Body, "keep_hours"> & { keep_hours: number | null };

const PATH = "/api/v1/settings/exports";
const RULES = ["reference", "passphrase"] as const;

export function ExportsTab() {
  const { t } = useTranslation("setup");
  const ruleWord = (rule: string): string => {
    const known = RULES.find((name) => name === rule);
    return known === undefined ? rule : t(`exports.is.${known}`);
  };
  return (
    <Setting<Draft>
      name="exports"
      title={t("exports.title")}
      about={t("exports.about")}
      fields={[
        { name: "password_rule", label: t("exports.rule"), text: ({ password_rule }) => ruleWord(password_rule) },
        { name: "keep_hours", label: t("exports.keep"), text: ({ keep_hours }) => `${keep_hours ?? ""}${t("signIn.hours")}` },
      ]}
      read={(signal) => toldWithTag(api.GET(PATH, signal === undefined ? {} : { signal }))}
      write={(body, tag) => toldWithTag(api.PUT(PATH, { params: { header: { "If-Match": tag } }, body: body as Body }))}
    >
      {({ draft, set, at, disabled }) => (
        <>
          <Radio.Group
            label={t("exports.rule")}
            value={draft.password_rule}
            onChange={(rule) => set({ password_rule: rule })}
            error={at("password_rule")}
          >
            <Stack gap="xs" mt="xs">
              {RULES.map((rule) => (
                <Radio key={rule} value={rule} label={t(`exports.is.${rule}`)} description={t(`exports.hint.${rule}`)} disabled={disabled} />
              ))}
            </Stack>
          </Radio.Group>
          <NumberField
            label={t("exports.keep")}
            description={t("exports.keepHint")}
            suffix={t("signIn.hours")}
            value={draft.keep_hours}
            onChange={(hours) => set({ keep_hours: hours })}
            error={at("keep_hours")}
            min={1}
            max={8_760}
            disabled={disabled}
            maw={320}
          />
        </>
      )}
    </Setting>
  );
}
