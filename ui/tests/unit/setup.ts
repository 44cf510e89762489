// The page speaks English in unit tests.
import { use } from "../../src/lib/language.svelte";
import list from "../../src/paraglide/lists/en.js";
import later from "../../src/paraglide/lists/en.later.js";

use(list, "en", later);
