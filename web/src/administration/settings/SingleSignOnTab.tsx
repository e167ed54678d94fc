/** Signing in through an OpenID provider: who it is, what it tells, and whether it can be used. */
import { Button } from "@mantine/core";
import { IconPlugConnected } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told, toldWithTag } from "../../api/client";
import { useAction } from "../../session/use-action";
import { ServerWords } from "../../ui/ServerWords";
import { FailureNote } from "../../ui/States";
import { Notice } from "./Notice";
import { Setting } from "./Setting";
import { SingleSignOnFields } from "./SingleSignOnFields";

type Body = Schemas["SingleSignOnBody"];

const PATH = "/api/v1/settings/single-sign-on";
const TEXTS = ["name", "address", "issuer", "client_id", "account_claim", "groups_claim"] as const;

export function SingleSignOnTab() {
  const { t } = useTranslation("setup");
  const { t: common } = useTranslation();
  const [found, setFound] = useState<Schemas["SingleSignOnCheck"] | null>(null);
  const { busy, failure, run } = useAction();
  const check = (): void =>
    run(async () => {
      setFound(null);
      setFound(await told(api.POST("/api/v1/settings/single-sign-on/check")));
    });
  return (
    <Setting<Body>
      name="single-sign-on"
      title={t("sso.title")}
      about={t("sso.about")}
      fields={[
        { name: "enabled", label: t("sso.enabled"), text: ({ enabled }) => common(enabled ? "word.yes" : "word.no") },
        ...TEXTS.map((name) => ({ name, label: t(`sso.field.${name}`), text: (body: Body) => body[name] })),
        { name: "client_secret", label: t("sso.secret"), text: () => "" },
        { name: "scopes", label: t("sso.scopes"), text: ({ scopes }) => scopes.join(" ") },
        { name: "group_profiles", label: t("sso.groups"), text: ({ group_profiles }) => Object.keys(group_profiles).join(", ") },
        { name: "create_users", label: t("sso.createUsers"), text: ({ create_users }) => common(create_users ? "word.yes" : "word.no") },
        { name: "link_users", label: t("sso.linkUsers"), text: ({ link_users }) => common(link_users ? "word.yes" : "word.no") },
      ]}
      read={(signal) => toldWithTag(api.GET(PATH, signal === undefined ? {} : { signal }))}
      write={(body, tag) => toldWithTag(api.PUT(PATH, { params: { header: { "If-Match": tag } }, body }))}
      tools={({ disabled, isChanged }) =>
        !disabled && (
          <Button variant="default" leftSection={<IconPlugConnected size={16} aria-hidden />} loading={busy} disabled={isChanged} onClick={check}>
            {t("sso.check")}
          </Button>
        )
      }
    >
      {(fields) => (
        <>
          <SingleSignOnFields {...fields} />
          {failure !== null && <FailureNote failure={failure} />}
          {found !== null && <Found found={found} />}
        </>
      )}
    </Setting>
  );
}

/** What the provider has answered. */
function Found({ found }: { found: Schemas["SingleSignOnCheck"] }) {
  const { t } = useTranslation("setup");
  if (!found.usable) {
    return (
      <Notice tone="bad" appears title={t("sso.unusable")}>
        <ServerWords text={found.problem ?? ""} />
      </Notice>
    );
  }
  return (
    <Notice tone="good" appears title={t("sso.usable")}>
      {t(found.back_channel_logout === true ? "sso.tellsLogout" : "sso.tellsNoLogout")}
    </Notice>
  );
}
