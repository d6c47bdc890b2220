import type { Fault } from "../e2e/delivery-checker.ts";
import type { ImageFault } from "./power-cut/image-examiner.ts";

/** A mistake that a test must see. */
export interface PlantedFault {
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly search: string;
  readonly replace: string;
  /** The cheapest test that must turn red, and what it must complain of. */
  readonly seenBy: CrashFault | PowerCutFault | TestFileFault;
}

export interface CrashFault {
  readonly kind: "crash";
  readonly signal: "SIGKILL" | "SIGTERM";
  /** `unrecorded`: outcomes that a stop in order did not store. */
  readonly seenAs: Fault | "lost" | "unrecorded";
}

export interface PowerCutFault {
  readonly kind: "power-cut";
  /** Only a server that archives and drops JobDbs shows it. */
  readonly dropping?: true;
  readonly seenAs: ImageFault;
}

export interface TestFileFault {
  readonly kind: "test";
  /** From the root of the repository. */
  readonly path: string;
  /** Of the test that fails, or the start of it. */
  readonly title: string;
}
