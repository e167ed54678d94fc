/** A password that was made up for somebody. */
import { useTranslation } from "react-i18next";
import { ShownOnce } from "../../ui/ShownOnce";

interface Props {
  title: string;
  /** Null where there is none to show. */
  password: string | null;
  onClose: () => void;
}

export function PasswordShown({ title, password, onClose }: Props) {
  const { t } = useTranslation("users");
  return (
    <ShownOnce title={title} about={t("secret.once")} label={t("secret.label")} secret={password} kept={t("secret.kept")} size="md" onClose={onClose} />
  );
}
