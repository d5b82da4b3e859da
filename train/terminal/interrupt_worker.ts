// Answers signals in a thread of its own.
import { serve } from "../../data/workers/mod.ts";
import { answerSignal } from "./answer_signal.ts";

serve(answerSignal);
