/** Which destinations are told when a delivery has failed. */
import { Anchor, MultiSelect, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told, toldWithTag } from "../../api/client";
import { useFormat } from "../../i18n/use-format";
import { useWho } from "../../session/session";
import { Setting } from "./Setting";

const PATH = "/api/v1/settings/alerts";
const TAKES_MESSAGES = ["smtp", "webhook"];

export function AlertsTab() {
  const { t } = useTranslation("setup");
  const { can } = useWho();
  const { list } = useFormat();
  const maySee = can("destinations view", "sign_in_log export", "login_logout all", "audit_logs export", "activity_audit edit");
  const destinations = useQuery({
    queryKey: ["destinations", "listed"],
    queryFn: ({ signal }) => told(api.GET("/api/v1/destinations", { signal })),
    enabled: maySee,
  });
  const offered = (destinations.data?.destinations ?? []).filter(({ kind }) => TAKES_MESSAGES.includes(kind));
  const isEmpty = destinations.data !== undefined && offered.length === 0;
  return (
    <Setting<Schemas["AlertsBody"]>
      name="alerts"
      title={t("alerts.title")}
      about={t("alerts.about")}
      fields={[{ name: "destinations", label: t("alerts.destinations"), text: (body) => list(named(offered, body.destinations).filter(({ value }) => body.destinations.includes(value)).map(({ label }) => label)) }]}
      read={(signal) => toldWithTag(api.GET(PATH, signal === undefined ? {} : { signal }))}
      write={(body, tag) => toldWithTag(api.PUT(PATH, { params: { header: { "If-Match": tag } }, body }))}
    >
      {({ draft, set, at, disabled }) => (
        <>
          <MultiSelect
            label={t("alerts.destinations")}
            description={t("alerts.hint")}
            data={named(offered, draft.destinations)}
            value={draft.destinations}
            onChange={(ids) => set({ destinations: ids })}
            error={at("destinations")}
            maxValues={20}
            disabled={disabled || !maySee}
            placeholder={draft.destinations.length === 0 ? t("alerts.nobody") : ""}
            clearable
            searchable
            clearButtonProps={{ "aria-label": t("alerts.clear") }}
          />
          {isEmpty && (
            <Text size="sm">
              {t("alerts.none")}{" "}
              <Anchor size="sm" underline="always" renderRoot={(props) => <Link to="/admin/destinations" {...props} />}>
                {t("alerts.toDestinations")}
              </Anchor>
            </Text>
          )}
        </>
      )}
    </Setting>
  );
}

/** The destinations by name; one that was chosen and can't be seen stands by its id. */
function named(offered: readonly { id: string; name: string }[], chosen: readonly string[]): { value: string; label: string }[] {
  const known = offered.map(({ id, name }) => ({ value: id, label: name }));
  const unknown = chosen.filter((id) => !offered.some((one) => one.id === id));
  return [...known, ...unknown.map((id) => ({ value: id, label: id }))];
}
