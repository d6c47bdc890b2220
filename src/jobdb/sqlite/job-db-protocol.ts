/**
 * What the Director's thread asks of the thread that has the JobDbs, and what it is told. Requests are carried out in the
 * order in which they are sent; any number may be under way.
 */
import type { DeliveryNumber } from "../../core/delivery.ts";
import type { CarriedError } from "../../core/errors.ts";
import type { Address, EndpointKey } from "../../core/ids.ts";
import type {
  DueCursor,
  DueDelivery,
  DuePage,
  Erasure,
  FirstRoundsPage,
  StoredPayload,
  UnattemptedPage,
  Purge,
  PurgedPage,
} from "../../director/ports.ts";
import type { Owner } from "../owner.ts";
import type { PackedCommit } from "./packed-commit.ts";

/** What the thread is started with. */
export interface JobDbThreadOptions {
  readonly folder: string;
  readonly owner: Owner;
}

/** Each request by its name: what is asked, and what a success answers. */
interface Calls {
  readonly unsettled: { readonly ask: NoArguments; readonly answer: readonly JobDbHead[] };
  readonly create: { readonly ask: NoArguments; readonly answer: JobDbHead };
  readonly expiring: {
    readonly ask: { readonly jobDb?: undefined; readonly untilMs: number };
    readonly answer: readonly number[];
  };
  readonly open: { readonly ask: OfJobDb; readonly answer: JobDbHead | undefined };
  readonly release: { readonly ask: OfJobDb; readonly answer: undefined };
  readonly drop: { readonly ask: OfJobDb; readonly answer: boolean };
  readonly close: { readonly ask: NoArguments; readonly answer: undefined };
  readonly commit: {
    readonly ask: OfJobDb & { readonly commit: PackedCommit };
    readonly answer: undefined;
  };
  readonly endpoints: { readonly ask: OfJobDb; readonly answer: readonly EndpointKey[] };
  readonly unattempted: {
    readonly ask: OfJobDb & DeliveryScan;
    readonly answer: UnattemptedPage;
  };
  readonly firstRounds: {
    readonly ask: OfJobDb & DeliveryScan;
    readonly answer: FirstRoundsPage;
  };
  readonly due: {
    readonly ask: OfJobDb & {
      readonly endpoint: EndpointKey;
      readonly after: DueCursor;
      readonly untilMs: number;
      readonly rowsMax: number;
    };
    readonly answer: DuePage;
  };
  readonly waiting: {
    readonly ask: OfJobDb & {
      readonly endpoint: EndpointKey;
      readonly messageRows: readonly number[];
    };
    readonly answer: readonly DueDelivery[];
  };
  readonly payloads: {
    readonly ask: OfJobDb & { readonly messageRows: readonly number[] };
    readonly answer: PackedPayloads;
  };
  readonly erasePayload: {
    readonly ask: OfJobDb & { readonly messageRow: number };
    readonly answer: undefined;
  };
  readonly eraseResponse: {
    readonly ask: OfJobDb & { readonly attemptRow: number };
    readonly answer: undefined;
  };
  readonly eraseExpired: {
    readonly ask: OfJobDb & { readonly nowMs: number; readonly rowsMax: number };
    readonly answer: Erasure;
  };
  readonly purge: {
    readonly ask: OfJobDb & { readonly purge: Purge };
    readonly answer: PurgedPage;
  };
  readonly seal: { readonly ask: OfJobDb; readonly answer: undefined };
  readonly markDrained: { readonly ask: OfJobDb; readonly answer: undefined };
}

type NoArguments = { readonly jobDb?: undefined };
type OfJobDb = { readonly jobDb: number };
interface DeliveryScan {
  readonly endpoint: EndpointKey;
  readonly after: DeliveryNumber;
  readonly rowsMax: number;
}

export type CallName = keyof Calls;
export type Arguments<Name extends CallName> = Calls[Name]["ask"];
export type Answer<Name extends CallName> = Calls[Name]["answer"];
export type Call = { [Name in CallName]: Arguments<Name> & { readonly name: Name } }[CallName];

export interface Request {
  readonly id: number;
  readonly call: Call;
}

export type Reply =
  | { readonly id: number; readonly answer: unknown; readonly error?: undefined }
  | { readonly id: number; readonly error: CarriedError };

/** A JobDb as it was opened. */
export interface JobDbHead {
  readonly number: number;
  readonly lastMessageRow: number;
  readonly lastAttemptRow: number;
}

/** Payloads one after the other in one buffer, which is transferred. */
export interface PackedPayloads {
  readonly payloads: readonly {
    readonly address: Address;
    readonly eventType: string;
    readonly trace: string | undefined;
    readonly length: number | Exclude<StoredPayload["payload"], Uint8Array>;
  }[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}
