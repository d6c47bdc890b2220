import { PosthornError } from "../core/errors.ts";
import {
  attemptIdOf,
  type Address,
  type ApplicationKey,
  type AttemptId,
  type EndpointKey,
} from "../core/ids.ts";
import { applyAsked, auditedWriterBy } from "./asked-write.ts";
import type { AuditEntry, AuditHead, AuditLog, AuditQuery, AuditedCall } from "./audit.ts";
import type { AskedWrite } from "./control-call.ts";
import { ControlStore, type ControlSources } from "./control-store.ts";
import type { ControlWrite } from "./control-write.ts";
import { advanceTask } from "./advance-task.ts";
import { cancelTask } from "./cancel-task.ts";
import { changeApplication } from "./change-application.ts";
import { changeEndpoint } from "./change-endpoint.ts";
import { changeEndpointHeaders } from "./change-endpoint-headers.ts";
import { changeEventType } from "./change-event-type.ts";
import { createApiKey } from "./create-api-key.ts";
import { createApplication } from "./create-application.ts";
import { createEndpoint } from "./create-endpoint.ts";
import { createEventType } from "./create-event-type.ts";
import { deleteApiKey } from "./delete-api-key.ts";
import { deleteApplication } from "./delete-application.ts";
import { deleteEndpoint } from "./delete-endpoint.ts";
import { deleteEventType } from "./delete-event-type.ts";
import { disableEndpoint } from "./disable-endpoint.ts";
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
import { advanceErasure, finishErasure } from "./advance-erasure.ts";
import type { Erasure, ErasurePage, ErasureReceipt, Erasures } from "./erasure.ts";
import { toAnnouncement } from "./announcement-row.ts";
import { keepEndpointHealth } from "./keep-endpoint-health.ts";
import { putApplication } from "./put-application.ts";
import { putEndpoint } from "./put-endpoint.ts";
import { putEventType } from "./put-event-type.ts";
import { putOperationalApplication } from "./put-operational-application.ts";
import { Reflector, type ChangesListener, type RebuildReason } from "./reflector.ts";
import { revokeToken } from "./revoke-token.ts";
import { rewriteEndpoint } from "./rewrite-endpoint.ts";
import { rotateSecret } from "./rotate-secret.ts";
import { setHandPause } from "./set-hand-pause.ts";
import { startTask } from "./start-task.ts";
import { isFatal, toControlError } from "./sqlite-failure.ts";
import { keptResult, writeOnce } from "./write-once.ts";

export interface ControlFiles {
  /** `control.db`, the system of record. */
  readonly controlPath: string;
  /** `ldb.db`, the copy that everybody reads. */
  readonly ldbPath: string;
}

/**
 * The control store in this thread: each write blocks it for an fsync. After an I/O error, or when a file proves to be
 * damaged, both files are closed and every write fails with `control_unavailable` until the next start. The write that
 * met the error may have been done all the same: nobody knows, until the next start shows it.
 */
export class SqliteControlWriter
  implements ControlWriter, AnnouncementStage, HealthKeeping, AuditLog, Erasures
{
  readonly #sources: ControlSources;
  readonly #onApplied: ChangesListener;
  readonly #store: ControlStore;
  readonly #reflector: Reflector;
  #failure: PosthornError | undefined;

  /**
   * Opens both files, making what is missing, seals what is not sealed yet, and brings the LDB up to date.
   *
   * @param onApplied told of changes when readers of the LDB can see them
   * @throws PosthornError `sqlite_too_old`, `data_newer`, `data_unwritable`, `encryption_key_wrong`, `control_unavailable`
   */
  constructor(files: ControlFiles, sources: ControlSources, onApplied: ChangesListener) {
    this.#sources = sources;
    this.#onApplied = onApplied;
    this.#store = new ControlStore(files.controlPath, sources);
    let reflector: Reflector | undefined;
    try {
      const { hasPlain } = this.#store.resealer;
      if (hasPlain) while (this.#store.reseal());
      reflector = new Reflector(files.ldbPath, this.#store);
      reflector.catchUp(onApplied);
      if (hasPlain) this.#store.resealer.sweep();
    } catch (error) {
      reflector?.close();
      this.#store.close();
      throw toControlError(error, files.ldbPath);
    }
    this.#reflector = reflector;
  }

  /** Why the LDB was made from scratch at the start, if it was. */
  get rebuilt(): RebuildReason | undefined {
    return this.#reflector.rebuilt;
  }

  /** Set once nothing can be written any more. */
  get failure(): PosthornError | undefined {
    return this.#failure;
  }

  async createApplication(
    organization: OrganizationId,
    input: NewApplication,
    getIfExists: boolean,
  ): Promise<{ readonly application: Application; readonly created: boolean }> {
    return this.#write((write) => createApplication(write, organization, input, getIfExists));
  }

  async createEndpoint(application: ApplicationKey, input: NewEndpoint): Promise<Endpoint> {
    return this.#write((write) => createEndpoint(write, application, input));
  }

  async createEventType(organization: OrganizationId, input: NewEventType): Promise<EventType> {
    return this.#write((write) => createEventType(write, organization, input));
  }

  async putApplication(
    organization: OrganizationId,
    idOrUid: string,
    input: ApplicationReplacement,
  ): Promise<{ readonly application: Application; readonly created: boolean } | undefined> {
    return this.#write((write) => putApplication(write, organization, idOrUid, input));
  }

  async changeApplication(
    application: ApplicationKey,
    changes: ApplicationChanges,
  ): Promise<Application | undefined> {
    return this.#write((write) => changeApplication(write, application, changes));
  }

  async deleteApplication(application: ApplicationKey): Promise<void> {
    return this.#write((write) => deleteApplication(write, application));
  }

  async putEndpoint(
    application: ApplicationKey,
    idOrUid: string,
    input: EndpointReplacement,
  ): Promise<{ readonly endpoint: Endpoint; readonly created: boolean } | undefined> {
    return this.#write((write) => putEndpoint(write, application, idOrUid, input));
  }

  async changeEndpoint(
    endpoint: EndpointKey,
    changes: EndpointChanges,
  ): Promise<Endpoint | undefined> {
    return this.#write((write) => changeEndpoint(write, endpoint, changes));
  }

  async changeEndpointHeaders(endpoint: EndpointKey, changes: HeaderChanges): Promise<boolean> {
    return this.#write((write) => changeEndpointHeaders(write, endpoint, changes));
  }

  async deleteEndpoint(endpoint: EndpointKey): Promise<void> {
    return this.#write((write) => deleteEndpoint(write, endpoint));
  }

  async setHandPause(
    ...[endpoint, pause]: Parameters<ControlWriter["setHandPause"]>
  ): ReturnType<ControlWriter["setHandPause"]> {
    return this.#write((write) => setHandPause(write, endpoint, pause));
  }

  async rotateSecret(endpoint: EndpointKey, rotation: SecretRotation): Promise<boolean> {
    return this.#write((write) => rotateSecret(write, endpoint, rotation));
  }

  async putEventType(
    organization: OrganizationId,
    input: NewEventType,
  ): Promise<{ readonly eventType: EventType; readonly created: boolean }> {
    return this.#write((write) => putEventType(write, organization, input));
  }

  async changeEventType(
    organization: OrganizationId,
    name: string,
    changes: EventTypeChanges,
  ): Promise<EventType | undefined> {
    return this.#write((write) => changeEventType(write, organization, name, changes));
  }

  async deleteEventType(organization: OrganizationId, name: string): Promise<boolean> {
    return this.#write((write) => deleteEventType(write, organization, name));
  }

  async putOperationalApplication(organization: OrganizationId): Promise<Application> {
    return this.#write((write) => putOperationalApplication(write, organization));
  }

  async disableEndpoint(endpoint: EndpointKey, failSinceMs?: number): Promise<void> {
    return this.#write((write) => disableEndpoint(write, endpoint, failSinceMs));
  }

  async rewriteEndpoint(endpoint: EndpointKey): Promise<void> {
    return this.#write((write) => rewriteEndpoint(write, endpoint));
  }

  async startTask(scope: TaskScope, task: NewTask): Promise<BackgroundTask> {
    return this.#write((write) => startTask(write, scope, task));
  }

  async advanceTask(task: number, progress: TaskProgress): Promise<void> {
    return this.#write((write) => advanceTask(write, task, progress));
  }

  async cancelTask(organization: OrganizationId, id: string): Promise<BackgroundTask | false> {
    return this.#write((write) => cancelTask(write, organization, id));
  }

  async createApiKey(
    organization: OrganizationId,
    input: NewApiKey,
  ): Promise<{ readonly apiKey: ApiKey; readonly secret: string }> {
    return this.#write((write) => createApiKey(write, organization, input));
  }

  async deleteApiKey(organization: OrganizationId, id: string): Promise<boolean> {
    return this.#write((write) => deleteApiKey(write, organization, id));
  }

  async revokeToken(signed: string, expiresAtMs: number | undefined): Promise<void> {
    return this.#write((write) => revokeToken(write, signed, expiresAtMs));
  }

  audited(call: AuditedCall): AuditedWriter {
    return auditedWriterBy(async <Result>(asked: AskedWrite, key?: OnceKey) => {
      return (await this.writeAsked(call, asked, key)) as Result; // what the method of this name returns
    });
  }

  /** Does what a method of `audited(call)` does, or of that one's `once(key)`. */
  async writeAsked(
    call: AuditedCall,
    asked: AskedWrite,
    key: OnceKey | undefined,
  ): Promise<unknown> {
    try {
      return this.#write((write) => {
        const apply = (): unknown => applyAsked(write, call, asked);
        return key === undefined ? apply() : writeOnce(write, key, apply);
      });
    } catch (error) {
      if (error instanceof PosthornError && error.code === "conflict") {
        this.#write(({ store, atMs }) => store.audit.append(call, "refused", atMs));
      }
      throw error;
    }
  }

  async auditEntries(
    organization: OrganizationId,
    query: AuditQuery,
  ): Promise<readonly AuditEntry[]> {
    return this.#guarded(() => this.#store.audit.entries(organization, query));
  }

  async auditHead(): Promise<AuditHead> {
    return this.#guarded(() => this.#store.audit.head());
  }

  async keptResult(key: OnceKey): Promise<KeptResult | undefined> {
    return this.#guarded(() =>
      keptResult({ store: this.#store, atMs: this.#sources.nowMs() }, key),
    );
  }

  async erasure(organization: OrganizationId, id: string): Promise<Erasure | undefined> {
    return this.#guarded(() => this.#store.erasures.byId(organization, id));
  }

  async erasures(organization: OrganizationId, page: ErasurePage): Promise<readonly Erasure[]> {
    return this.#guarded(() => this.#store.erasures.page(organization, page));
  }

  async runningErasures(): Promise<readonly Erasure[]> {
    return this.#guarded(() => this.#store.erasures.running());
  }

  async advanceErasure(key: number, receipt: ErasureReceipt): Promise<void> {
    return this.#write((write) => advanceErasure(write, key, receipt));
  }

  async finishErasure(key: number, receipt: ErasureReceipt): Promise<void> {
    return this.#write((write) => finishErasure(write, key, receipt));
  }

  async announcements(countMax: number): Promise<readonly Announcement[]> {
    return this.#guarded(() => this.#store.announcements(countMax).map(toAnnouncement));
  }

  async removeAnnouncements(lastKey: number): Promise<void> {
    return this.#write(({ store }) => store.removeAnnouncements(lastKey));
  }

  async toldAttempts(): Promise<readonly AttemptId[]> {
    return this.#guarded(() => this.#store.toldAttempts());
  }

  async keepToldAttempts(attempts: readonly Address[]): Promise<void> {
    return this.#write(({ store }) => {
      for (const attempt of attempts) store.keepToldAttempt(attempt.jobDb, attemptIdOf(attempt));
    });
  }

  async keepEndpointHealth(health: readonly EndpointHealth[]): Promise<void> {
    return this.#write((write) => {
      for (const each of health) keepEndpointHealth(write, each);
    });
  }

  /** Whether something is sealed by another encryption key than the first, or may be. */
  get isResealingNeeded(): boolean {
    return this.#store.resealer.isNeeded;
  }

  /** Seals some more by the first encryption key. False: nothing is left to do, or no room for the last of it. */
  reseal(): boolean {
    return this.#guarded(() => {
      const hasMore = this.#store.reseal();
      this.#reflector.catchUp(this.#onApplied);
      if (!hasMore && this.#reflector.sweep()) this.#store.resealer.sweep();
      return hasMore;
    });
  }

  /** Applies what a failure has kept from the LDB. Writes do it by themselves. */
  catchUp(): void {
    this.#guarded(() => this.#reflector.catchUp(this.#onApplied));
  }

  /** Idempotent. */
  close(): void {
    this.#failure ??= new PosthornError("control_unavailable", "the control store is closed");
    this.#reflector.close();
    this.#store.close();
  }

  #write<Result>(change: (write: ControlWrite) => Result): Result {
    return this.#guarded(() => {
      const store = this.#store;
      const { randomBytes } = this.#sources;
      const result = store.transaction((atMs) => change({ store, atMs, randomBytes }));
      this.#reflector.catchUp(this.#onApplied);
      return result;
    });
  }

  #guarded<Result>(work: () => Result): Result {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return work();
    } catch (error) {
      if (!isFatal(error)) throw toControlError(error, this.#store.path);
      const message = `${this.#store.path} or its LDB: ${error.message}`;
      this.#failure = new PosthornError("control_unavailable", message, { cause: error });
      this.close();
      throw this.#failure;
    }
  }
}
