import { Worker } from "node:worker_threads";
import { type CarriedError, PosthornError, uncarryError } from "../core/errors.ts";
import type { Address, ApplicationKey, AttemptId, EndpointKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { threadFileOf } from "../core/thread-file.ts";
import { auditedWriterBy } from "./asked-write.ts";
import type { AuditEntry, AuditHead, AuditLog, AuditQuery, AuditedCall } from "./audit.ts";
import {
  type ControlCall,
  type ControlReply,
  type ControlRequest,
  type ControlThreadStart,
} from "./control-call.ts";
import type {
  Announcement,
  AnnouncementStage,
  AuditedWriter,
  ControlWriter,
  EndpointHealth,
  KeptResult,
  HealthKeeping,
  OnceKey,
} from "./facade.ts";
import type {
  ApiKey,
  Application,
  ApplicationChanges,
  ApplicationReplacement,
  BackgroundTask,
  Endpoint,
  EndpointChanges,
  EndpointReplacement,
  EventType,
  EventTypeChanges,
  HeaderChanges,
  NewApiKey,
  NewApplication,
  NewEndpoint,
  NewEventType,
  NewTask,
  OrganizationId,
  SecretRotation,
  TaskProgress,
  TaskScope,
} from "./entities.ts";
import type { Erasure, ErasurePage, ErasureReceipt, Erasures } from "./erasure.ts";
import type { KeyRing } from "./key-ring.ts";
import type { ChangesListener, RebuildReason } from "./reflector.ts";
import type { ControlFiles } from "./sqlite-control-writer.ts";

export interface ThreadedControlWriterOptions extends ControlFiles {
  readonly keyRing: KeyRing;
  /** Told when everything is sealed by the first encryption key, if it was not at the start. */
  readonly onResealed: () => void;
  /** Told once if the thread ends without having been stopped: from then on every write fails. Reading goes on. */
  readonly onFailure: (error: PosthornError) => void;
}

interface PendingCall {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * The control store in its own thread. A write resolves in a later turn of this thread, when `generation` has been
 * raised already: an `LdbReader` that has it reads the write at once.
 */
export class ThreadedControlWriter
  implements ControlWriter, AnnouncementStage, HealthKeeping, AuditLog, Erasures
{
  /** For this process's LDB readers, in whatever thread. */
  readonly generation: Int32Array<SharedArrayBuffer>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, PendingCall>();
  readonly #listeners = new Set<ChangesListener>();
  readonly #started = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #onFailure: (error: PosthornError) => void;
  readonly #onResealed: () => void;
  #state: "starting" | "started" | "stopping" | "ended" = "starting";
  #failure: Error | undefined;
  #lastId = 0;
  #rebuilt: RebuildReason | undefined;

  private constructor({ onFailure, onResealed, ...files }: ThreadedControlWriterOptions) {
    this.generation = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    this.#onFailure = onFailure;
    this.#onResealed = onResealed;
    const start: ControlThreadStart = { ...files, generation: this.generation };
    const entry = threadFileOf("control-thread", import.meta.url);
    this.#worker = new Worker(new URL(entry, import.meta.url), {
      name: "control",
      workerData: start,
    });
    this.#worker.on("message", (message: ControlReply) => this.#receive(message));
    this.#worker.on("error", (error: Error) => (this.#failure ??= error));
    this.#worker.on("exit", () => this.#end());
  }

  /**
   * Opens the control store, brings the LDB up to date and resolves: from then on it can be read.
   *
   * @throws PosthornError `sqlite_too_old`, `data_newer`, `data_unwritable`, `encryption_key_wrong`, `control_unavailable`
   */
  static async start(options: ThreadedControlWriterOptions): Promise<ThreadedControlWriter> {
    const writer = new ThreadedControlWriter(options);
    await writer.#started.promise;
    return writer;
  }

  /** Whether it takes writes. */
  get up(): boolean {
    return this.#state === "started";
  }

  /** Why the LDB was made from scratch at the start, if it was. */
  get rebuilt(): RebuildReason | undefined {
    return this.#rebuilt;
  }

  /** Calls back after each change, when it can be read and before its write resolves, until the returned is called. */
  onChange(listener: ChangesListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  createApplication(
    organization: OrganizationId,
    input: NewApplication,
    getIfExists: boolean,
  ): Promise<{ readonly application: Application; readonly created: boolean }> {
    return this.#call({ method: "createApplication", values: [organization, input, getIfExists] });
  }

  createEndpoint(application: ApplicationKey, input: NewEndpoint): Promise<Endpoint> {
    return this.#call({ method: "createEndpoint", values: [application, input] });
  }

  createEventType(organization: OrganizationId, input: NewEventType): Promise<EventType> {
    return this.#call({ method: "createEventType", values: [organization, input] });
  }

  putApplication(
    organization: OrganizationId,
    idOrUid: string,
    input: ApplicationReplacement,
  ): Promise<{ readonly application: Application; readonly created: boolean } | undefined> {
    return this.#call({ method: "putApplication", values: [organization, idOrUid, input] });
  }

  changeApplication(
    application: ApplicationKey,
    changes: ApplicationChanges,
  ): Promise<Application | undefined> {
    return this.#call({ method: "changeApplication", values: [application, changes] });
  }

  deleteApplication(application: ApplicationKey): Promise<void> {
    return this.#call({ method: "deleteApplication", values: [application] });
  }

  putEndpoint(
    application: ApplicationKey,
    idOrUid: string,
    input: EndpointReplacement,
  ): Promise<{ readonly endpoint: Endpoint; readonly created: boolean } | undefined> {
    return this.#call({ method: "putEndpoint", values: [application, idOrUid, input] });
  }

  changeEndpoint(endpoint: EndpointKey, changes: EndpointChanges): Promise<Endpoint | undefined> {
    return this.#call({ method: "changeEndpoint", values: [endpoint, changes] });
  }

  changeEndpointHeaders(endpoint: EndpointKey, changes: HeaderChanges): Promise<boolean> {
    return this.#call({ method: "changeEndpointHeaders", values: [endpoint, changes] });
  }

  deleteEndpoint(endpoint: EndpointKey): Promise<void> {
    return this.#call({ method: "deleteEndpoint", values: [endpoint] });
  }

  setHandPause(
    ...[endpoint, pause]: Parameters<ControlWriter["setHandPause"]>
  ): ReturnType<ControlWriter["setHandPause"]> {
    return this.#call({ method: "setHandPause", values: [endpoint, pause] });
  }

  rotateSecret(endpoint: EndpointKey, rotation: SecretRotation): Promise<boolean> {
    return this.#call({ method: "rotateSecret", values: [endpoint, rotation] });
  }

  putEventType(
    organization: OrganizationId,
    input: NewEventType,
  ): Promise<{ readonly eventType: EventType; readonly created: boolean }> {
    return this.#call({ method: "putEventType", values: [organization, input] });
  }

  changeEventType(
    organization: OrganizationId,
    name: string,
    changes: EventTypeChanges,
  ): Promise<EventType | undefined> {
    return this.#call({ method: "changeEventType", values: [organization, name, changes] });
  }

  deleteEventType(organization: OrganizationId, name: string): Promise<boolean> {
    return this.#call({ method: "deleteEventType", values: [organization, name] });
  }

  putOperationalApplication(organization: OrganizationId): Promise<Application> {
    return this.#call({ method: "putOperationalApplication", values: [organization] });
  }

  disableEndpoint(endpoint: EndpointKey, failSinceMs?: number): Promise<void> {
    return this.#call({ method: "disableEndpoint", values: [endpoint, failSinceMs] });
  }

  rewriteEndpoint(endpoint: EndpointKey): Promise<void> {
    return this.#call({ method: "rewriteEndpoint", values: [endpoint] });
  }

  startTask(scope: TaskScope, task: NewTask): Promise<BackgroundTask> {
    return this.#call({ method: "startTask", values: [scope, task] });
  }

  advanceTask(task: number, progress: TaskProgress): Promise<void> {
    return this.#call({ method: "advanceTask", values: [task, progress] });
  }

  cancelTask(organization: OrganizationId, id: string): Promise<BackgroundTask | false> {
    return this.#call({ method: "cancelTask", values: [organization, id] });
  }

  createApiKey(
    organization: OrganizationId,
    input: NewApiKey,
  ): Promise<{ readonly apiKey: ApiKey; readonly secret: string }> {
    return this.#call({ method: "createApiKey", values: [organization, input] });
  }

  deleteApiKey(organization: OrganizationId, id: string): Promise<boolean> {
    return this.#call({ method: "deleteApiKey", values: [organization, id] });
  }

  revokeToken(signed: string, expiresAtMs: number | undefined): Promise<void> {
    return this.#call({ method: "revokeToken", values: [signed, expiresAtMs] });
  }

  audited(call: AuditedCall): AuditedWriter {
    return auditedWriterBy((write, key) =>
      this.#ask((id) => ({ kind: "asked", id, call, write, key })),
    );
  }

  auditEntries(organization: OrganizationId, query: AuditQuery): Promise<readonly AuditEntry[]> {
    return this.#call({ method: "auditEntries", values: [organization, query] });
  }

  auditHead(): Promise<AuditHead> {
    return this.#call({ method: "auditHead", values: [] });
  }

  keptResult(key: OnceKey): Promise<KeptResult | undefined> {
    return this.#call({ method: "keptResult", values: [key] });
  }

  erasure(organization: OrganizationId, id: string): Promise<Erasure | undefined> {
    return this.#call({ method: "erasure", values: [organization, id] });
  }

  erasures(organization: OrganizationId, page: ErasurePage): Promise<readonly Erasure[]> {
    return this.#call({ method: "erasures", values: [organization, page] });
  }

  runningErasures(): Promise<readonly Erasure[]> {
    return this.#call({ method: "runningErasures", values: [] });
  }

  advanceErasure(key: number, receipt: ErasureReceipt): Promise<void> {
    return this.#call({ method: "advanceErasure", values: [key, receipt] });
  }

  finishErasure(key: number, receipt: ErasureReceipt): Promise<void> {
    return this.#call({ method: "finishErasure", values: [key, receipt] });
  }

  announcements(countMax: number): Promise<readonly Announcement[]> {
    return this.#call({ method: "announcements", values: [countMax] });
  }

  removeAnnouncements(lastKey: number): Promise<void> {
    return this.#call({ method: "removeAnnouncements", values: [lastKey] });
  }

  toldAttempts(): Promise<readonly AttemptId[]> {
    return this.#call({ method: "toldAttempts", values: [] });
  }

  keepToldAttempts(attempts: readonly Address[]): Promise<void> {
    return this.#call({ method: "keepToldAttempts", values: [attempts] });
  }

  keepEndpointHealth(health: readonly EndpointHealth[]): Promise<void> {
    return this.#call({ method: "keepEndpointHealth", values: [health] });
  }

  /** Finishes the writes that have been called, closes the files and ends the thread. Idempotent. */
  async stop(): Promise<void> {
    if (this.#state === "started") {
      this.#state = "stopping";
      this.#send({ kind: "stop" });
    }
    await this.#ended.promise;
  }

  #call<Result>(call: ControlCall): Promise<Result> {
    return this.#ask((id) => ({ kind: "call", id, call }));
  }

  async #ask<Result>(requestOf: (id: number) => ControlRequest): Promise<Result> {
    if (this.#state !== "started") throw unavailable(this.#failure);
    if (this.#pending.size >= limits.controlWritesPendingMax) {
      throw new PosthornError("overloaded", "too many control writes wait for their turn");
    }
    this.#lastId += 1;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(this.#lastId, { resolve, reject });
    this.#send(requestOf(this.#lastId));
    return (await promise) as Result; // what the writer's method of this name has returned in the thread
  }

  #send(request: ControlRequest): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#worker.postMessage(request);
  }

  #receive(message: ControlReply): void {
    switch (message.kind) {
      case "started":
        this.#state = "started";
        this.#rebuilt = message.rebuilt;
        this.#started.resolve();
        return;
      case "resealed":
        this.#onResealed();
        return;
      case "changes":
        for (const listener of this.#listeners) listener(message.changes);
        return;
      case "answer":
        this.#settle(message.id).resolve(message.result);
        return;
      case "refusal":
        this.#settle(message.id).reject(errorOf(message.error));
        return;
      case "failed":
        this.#failure = errorOf(message.error);
        return;
    }
  }

  #settle(id: number): PendingCall {
    const call = this.#pending.get(id);
    if (call === undefined) throw new Error(`the control thread has answered call ${id} twice`);
    this.#pending.delete(id);
    return call;
  }

  #end(): void {
    const was = this.#state;
    this.#state = "ended";
    for (const id of this.#pending.keys()) this.#settle(id).reject(unavailable(this.#failure));
    this.#ended.resolve();
    if (was === "starting") {
      this.#started.reject(this.#failure ?? unavailable(undefined));
    }
    if (was === "started") this.#onFailure(unavailable(this.#failure));
  }
}

function unavailable(cause: Error | undefined): PosthornError {
  const why = cause === undefined ? "" : `: ${cause.message}`;
  return new PosthornError("control_unavailable", `the control store is not available${why}`, {
    cause,
  });
}

/** An error of the program stays one: trying again would not help. */
function errorOf(carried: CarriedError): Error {
  return carried.code === undefined
    ? new Error(carried.message)
    : uncarryError(carried, carried.code);
}
