// This project as a peer of itself.

import { serve } from "./protocol.ts";

await serve(() => Promise.reject("not written"));
