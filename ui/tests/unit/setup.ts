// The page speaks English in unit tests.
import { use } from "../../src/lib/language";
import list from "../../src/paraglide/lists/en.js";

use(list, "en");
