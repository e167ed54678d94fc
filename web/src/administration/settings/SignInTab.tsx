/** How people sign in, and for how long they stay. */
import { Checkbox, NumberInput, SimpleGrid } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { api, toldWithTag } from "../../api/client";
import { Setting } from "./Setting";
import { fieldError } from "./field-error";

const PATH = "/api/v1/settings/sign-in";

export function SignInTab() {
  const { t } = useTranslation("setup");
  return (
    <Setting
      name="sign-in"
      title={t("signIn.title")}
      about={t("signIn.about")}
      fields={["idle_minutes", "absolute_hours", "single_sign_in", "require_second_factor"]}
      read={(signal) => toldWithTag(api.GET(PATH, { signal }))}
      write={(body, tag) => api.PUT(PATH, { params: { header: { "If-Match": tag } }, body })}
    >
      {({ draft, set, failure, disabled }) => (
        <>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
            <NumberInput
              label={t("signIn.idle")}
              description={t("signIn.idleHint")}
              suffix={t("signIn.minutes")}
              value={draft.idle_minutes}
              onChange={(next) => set({ idle_minutes: Number(next) })}
              error={fieldError(failure, "idle_minutes")}
              min={1}
              max={1_440}
              allowDecimal={false}
              disabled={disabled}
              required
              withAsterisk={false}
            />
            <NumberInput
              label={t("signIn.absolute")}
              description={t("signIn.absoluteHint")}
              suffix={t("signIn.hours")}
              value={draft.absolute_hours}
              onChange={(next) => set({ absolute_hours: Number(next) })}
              error={fieldError(failure, "absolute_hours")}
              min={1}
              max={720}
              allowDecimal={false}
              disabled={disabled}
              required
              withAsterisk={false}
            />
          </SimpleGrid>
          <Checkbox
            label={t("signIn.single")}
            description={t("signIn.singleHint")}
            checked={draft.single_sign_in}
            onChange={(event) => set({ single_sign_in: event.currentTarget.checked })}
            disabled={disabled}
          />
          <Checkbox
            label={t("signIn.factor")}
            description={t("signIn.factorHint")}
            checked={draft.require_second_factor}
            onChange={(event) => set({ require_second_factor: event.currentTarget.checked })}
            disabled={disabled}
          />
        </>
      )}
    </Setting>
  );
}
