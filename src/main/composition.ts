import type { Logger } from "./logger.ts";
import type { StorageMeter } from "./storage-meter.ts";
import type { Settings } from "./setting-definitions.ts";

/** Closes what was opened; runs in the opposite order of opening. */
export type Closings = (() => Promise<void> | void)[];

/** What every part is put together with. */
export interface Composition {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly closings: Closings;
  /** Told of what becomes of JobDbs. */
  readonly storage: StorageMeter;
}
