/**
 * Posthorn on real input: twenty receivers of every character, ten thousand real GitHub payloads, one kill -9 in the
 * middle. Exits with 0 if every promise was kept, with 1 if one was broken, with 2 if the demo itself could not go on.
 */
import { parseArgs } from "node:util";
import { showDemo } from "./show-demo.ts";

const { values } = parseArgs({
  options: {
    keep: { type: "boolean", default: false },
    messages: { type: "string", default: "10000" },
  },
});
process.exitCode = await showDemo({ keep: values.keep, messages: Number(values.messages) }).catch(
  (error: unknown) => {
    console.error(error);
    return 2;
  },
);
