/** What passes between a `ThreadedControlWriter` and its thread. */
import type { CarriedError } from "../core/errors.ts";
import type { AuditedCall, AuditLog } from "./audit.ts";
import type { ControlChange } from "./control-change.ts";
import type {
  AnnouncementStage,
  AuditedWriter,
  ControlWriter,
  HealthKeeping,
  OnceKey,
  OnceWriter,
} from "./facade.ts";
import type { Erasures } from "./erasure.ts";
import type { KeyRing } from "./key-ring.ts";
import type { RebuildReason } from "./reflector.ts";
import type { ControlFiles } from "./sqlite-control-writer.ts";

/** What the thread is started with. */
export interface ControlThreadStart extends ControlFiles {
  readonly keyRing: KeyRing;
  /** Raised after each batch that the LDB has taken. */
  readonly generation: Int32Array<SharedArrayBuffer>;
}

type Callable = ControlWriter & AnnouncementStage & HealthKeeping & AuditLog & Erasures;

/** A call of one of the writer's methods. */
export type ControlCall = CallOf<Omit<Callable, "audited">>;
/** Those of them that are about what is on record. */
export type RecordsCall = CallOf<AuditLog & Erasures>;
/** A call of one of the methods of `AuditedWriter` or `OnceWriter`. */
export type AskedWrite = CallOf<Omit<AuditedWriter, "once"> & OnceWriter>;

type CallOf<Writer extends Record<keyof Writer, (...values: never[]) => unknown>> = {
  [Method in keyof Writer]: {
    readonly method: Method;
    readonly values: Parameters<Writer[Method]>;
  };
}[keyof Writer];

/** To the thread. Calls are done one after the other, in the order in which they come; `stop` ends it after them. */
export type ControlRequest =
  | { readonly kind: "call"; readonly id: number; readonly call: ControlCall }
  | {
      readonly kind: "asked";
      readonly id: number;
      readonly call: AuditedCall;
      readonly write: AskedWrite;
      /** Undefined: it takes effect however often it is asked for. */
      readonly key: OnceKey | undefined;
    }
  | { readonly kind: "stop" };

/** From the thread. `changes` come before the answer to the call that made them; `failed` is the last. */
export type ControlReply =
  | { readonly kind: "started"; readonly rebuilt: RebuildReason | undefined }
  | { readonly kind: "answer"; readonly id: number; readonly result: unknown }
  | { readonly kind: "refusal"; readonly id: number; readonly error: CarriedError }
  | { readonly kind: "changes"; readonly changes: readonly ControlChange[] }
  /** Everything is sealed by the first encryption key now, after some was not. */
  | { readonly kind: "resealed" }
  | { readonly kind: "failed"; readonly error: CarriedError };
