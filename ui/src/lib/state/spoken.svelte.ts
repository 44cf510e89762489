// The language of the page: follows the setting. The frame is built anew when it changes.

import type { Language } from "../../bindings.gen";
import { locale, localeOf, speak } from "../language.svelte";

export class Spoken {
  locale = $state("");

  /** Speaks the language of a setting. */
  async follow(language: Language): Promise<void> {
    await speak(localeOf(language, navigator.languages));
    this.locale = locale();
  }
}
