/** The page's language, for whoever is not signed in and has no menu for it. */
import { Group, UnstyledButton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { LANGUAGES, type Language, chooseLanguage } from "../i18n";

export function LanguageChoice() {
  const { t, i18n } = useTranslation();
  return (
    <Group gap="md" mt="md" role="group" aria-label={t("word.language")}>
      {Object.entries(LANGUAGES).map(([language, word]) => (
        <UnstyledButton
          key={language}
          lang={language}
          className="language"
          aria-pressed={i18n.language === language}
          onClick={() => void chooseLanguage(language as Language)}
        >
          {word}
        </UnstyledButton>
      ))}
    </Group>
  );
}
