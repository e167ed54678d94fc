/** A key that has just been made. */
import { useTranslation } from "react-i18next";
import { ShownOnce } from "../../ui/ShownOnce";

export function NewKeyShown({ secret, onClose }: { secret: string | null; onClose: () => void }) {
  const { t } = useTranslation("setup");
  return <ShownOnce title={t("keys.madeTitle")} about={t("keys.madeAbout")} label={t("keys.key")} secret={secret} kept={t("keys.kept")} onClose={onClose} />;
}
