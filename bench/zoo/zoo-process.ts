/** The zoo in a process of its own, so that what it costs is not the bench's. Tells once where everything is. */
import { behaviours } from "../../test/security/zoo/behaviours.ts";
import { openZoo } from "../../test/security/zoo/zoo.ts";
import { tame } from "./tame.ts";

export interface ZooPlaces {
  readonly nodeOptions: string;
  readonly ports: ReadonlyMap<string, number>;
}

const { nodeOptions, ports } = await openZoo([tame, ...behaviours]);
process.on("disconnect", () => {
  process.exit();
});
process.send?.({ nodeOptions, ports } satisfies ZooPlaces);
