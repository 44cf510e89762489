// The language of the page: follows the setting. The frame is built anew when it changes.

import type { Language } from "../../bindings.gen";
import { type Catalogue, locale, localeOf, speak, use } from "../language";

export class Spoken {
  locale = $state("");

  /** Speaks the language of a setting. */
  async follow(language: Language): Promise<void> {
    const to = localeOf(language, navigator.languages);
    if (to !== locale()) await speak(to);
    this.#told("ltr");
  }

  /** Speaks by a catalogue that the page tests made. */
  by(catalogue: Catalogue, to: string, direction: "ltr" | "rtl"): void {
    use(catalogue, to);
    this.#told(direction);
  }

  #told(direction: "ltr" | "rtl"): void {
    document.documentElement.lang = locale();
    document.documentElement.dir = direction;
    this.locale = locale();
  }
}
