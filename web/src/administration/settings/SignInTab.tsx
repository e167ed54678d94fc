/** How people sign in, and for how long they stay. */
import { Checkbox, SimpleGrid } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Schemas, api, toldWithTag } from "../../api/client";
import { NumberField } from "../../ui/NumberField";
import { Setting } from "./Setting";

type Body = Schemas["SignInBody"];
/** While one types, a number may be missing. */
type Draft = Omit<Body, "idle_minutes" | "absolute_hours"> & { idle_minutes: number | null; absolute_hours: number | null };

const PATH = "/api/v1/settings/sign-in";

export function SignInTab() {
  const { t } = useTranslation("setup");
  const { t: common } = useTranslation();
  const onOff = (isOn: boolean): string => common(isOn ? "word.yes" : "word.no");
  return (
    <Setting<Draft>
      name="sign-in"
      title={t("signIn.title")}
      about={t("signIn.about")}
      fields={[
        { name: "idle_minutes", label: t("signIn.idle"), text: ({ idle_minutes }) => `${idle_minutes ?? ""}${t("signIn.minutes")}` },
        { name: "absolute_hours", label: t("signIn.absolute"), text: ({ absolute_hours }) => `${absolute_hours ?? ""}${t("signIn.hours")}` },
        { name: "single_sign_in", label: t("signIn.single"), text: ({ single_sign_in }) => onOff(single_sign_in) },
        { name: "require_second_factor", label: t("signIn.factor"), text: ({ require_second_factor }) => onOff(require_second_factor) },
      ]}
      read={(signal) => toldWithTag(api.GET(PATH, signal === undefined ? {} : { signal }))}
      write={(body, tag) => toldWithTag(api.PUT(PATH, { params: { header: { "If-Match": tag } }, body: body as Body }))}
    >
      {({ draft, set, at, disabled }) => (
        <>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
            <NumberField
              label={t("signIn.idle")}
              description={t("signIn.idleHint")}
              suffix={t("signIn.minutes")}
              value={draft.idle_minutes}
              onChange={(minutes) => set({ idle_minutes: minutes })}
              fault={outlasts(draft) ? t("signIn.idleTooLong") : undefined}
              error={at("idle_minutes")}
              min={1}
              max={1_440}
              disabled={disabled}
            />
            <NumberField
              label={t("signIn.absolute")}
              description={t("signIn.absoluteHint")}
              suffix={t("signIn.hours")}
              value={draft.absolute_hours}
              onChange={(hours) => set({ absolute_hours: hours })}
              error={at("absolute_hours")}
              min={1}
              max={720}
              disabled={disabled}
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

/** Whether a session would end in any case before it could end without use. */
function outlasts({ idle_minutes: idle, absolute_hours: absolute }: Draft): boolean {
  return idle !== null && absolute !== null && idle > absolute * 60;
}
