/** Which passwords open exported archives, and for how long their files are kept. */
import { NumberInput, Radio, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { api, toldWithTag } from "../../api/client";
import { Setting } from "./Setting";
import { fieldError } from "./field-error";

const PATH = "/api/v1/settings/exports";
const RULES = ["reference", "passphrase"] as const;

export function ExportsTab() {
  const { t } = useTranslation("setup");
  return (
    <Setting
      name="exports"
      title={t("exports.title")}
      about={t("exports.about")}
      fields={["password_rule", "keep_hours"]}
      read={(signal) => toldWithTag(api.GET(PATH, { signal }))}
      write={(body, tag) => api.PUT(PATH, { params: { header: { "If-Match": tag } }, body })}
    >
      {({ draft, set, failure, disabled }) => (
        <>
          <Radio.Group
            label={t("exports.rule")}
            value={draft.password_rule}
            onChange={(rule) => set({ password_rule: rule })}
            error={fieldError(failure, "password_rule")}
          >
            <Stack gap="xs" mt="xs">
              {RULES.map((rule) => (
                <Radio key={rule} value={rule} label={t(`exports.is.${rule}`)} description={t(`exports.hint.${rule}`)} disabled={disabled} />
              ))}
            </Stack>
          </Radio.Group>
          <NumberInput
            label={t("exports.keep")}
            description={t("exports.keepHint")}
            suffix={t("signIn.hours")}
            value={draft.keep_hours}
            onChange={(next) => set({ keep_hours: Number(next) })}
            error={fieldError(failure, "keep_hours")}
            min={1}
            max={8_760}
            allowDecimal={false}
            disabled={disabled}
            required
            withAsterisk={false}
            maw={320}
          />
        </>
      )}
    </Setting>
  );
}
