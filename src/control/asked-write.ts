/** Both ends of a write that somebody asks for: what makes one, and what carries it out. */
import type { AuditedCall } from "./audit.ts";
import { cancelTask } from "./cancel-task.ts";
import { changeApplication } from "./change-application.ts";
import { changeEndpoint } from "./change-endpoint.ts";
import { changeEndpointHeaders } from "./change-endpoint-headers.ts";
import { changeEventType } from "./change-event-type.ts";
import type { AskedWrite } from "./control-call.ts";
import type { ControlWrite } from "./control-write.ts";
import { createApiKey } from "./create-api-key.ts";
import { createApplication } from "./create-application.ts";
import { createEndpoint } from "./create-endpoint.ts";
import { createEventType } from "./create-event-type.ts";
import { deleteApiKey } from "./delete-api-key.ts";
import { deleteApplication } from "./delete-application.ts";
import { deleteEndpoint } from "./delete-endpoint.ts";
import { deleteEventType } from "./delete-event-type.ts";
import type { AskedWrites, AuditedWriter, OnceKey, OnceWriter } from "./facade.ts";
import { putApplication } from "./put-application.ts";
import { putEndpoint } from "./put-endpoint.ts";
import { putEventType } from "./put-event-type.ts";
import { putOperationalApplication } from "./put-operational-application.ts";
import { revokeToken } from "./revoke-token.ts";
import { rotateSecret } from "./rotate-secret.ts";
import { setHandPause } from "./set-hand-pause.ts";
import { startErasure } from "./start-erasure.ts";
import { startTask } from "./start-task.ts";

/** Resolves to the result that `applyAsked` has for the write. */
type Ask = <Result>(write: AskedWrite, key?: OnceKey) => Promise<Result>;

export function auditedWriterBy(ask: Ask): AuditedWriter {
  return {
    ...askedWritesBy((write) => ask(write)),
    startErasure: (...values) => ask({ method: "startErasure", values }),
    record: (...values) => ask({ method: "record", values }),
    once: (key): OnceWriter => ({
      ...askedWritesBy((write) => ask(write, key)),
      startErasure: (...values) => ask({ method: "startErasure", values }, key),
      keep: (...values) => ask({ method: "keep", values }, key),
    }),
  };
}

function askedWritesBy(ask: <Result>(write: AskedWrite) => Promise<Result>): AskedWrites {
  return {
    createApplication: (...values) => ask({ method: "createApplication", values }),
    createEndpoint: (...values) => ask({ method: "createEndpoint", values }),
    createEventType: (...values) => ask({ method: "createEventType", values }),
    putApplication: (...values) => ask({ method: "putApplication", values }),
    changeApplication: (...values) => ask({ method: "changeApplication", values }),
    deleteApplication: (...values) => ask({ method: "deleteApplication", values }),
    putEndpoint: (...values) => ask({ method: "putEndpoint", values }),
    changeEndpoint: (...values) => ask({ method: "changeEndpoint", values }),
    changeEndpointHeaders: (...values) => ask({ method: "changeEndpointHeaders", values }),
    deleteEndpoint: (...values) => ask({ method: "deleteEndpoint", values }),
    rotateSecret: (...values) => ask({ method: "rotateSecret", values }),
    setHandPause: (...values) => ask({ method: "setHandPause", values }),
    putEventType: (...values) => ask({ method: "putEventType", values }),
    changeEventType: (...values) => ask({ method: "changeEventType", values }),
    deleteEventType: (...values) => ask({ method: "deleteEventType", values }),
    putOperationalApplication: (...values) => ask({ method: "putOperationalApplication", values }),
    startTask: (...values) => ask({ method: "startTask", values }),
    cancelTask: (...values) => ask({ method: "cancelTask", values }),
    createApiKey: (...values) => ask({ method: "createApiKey", values }),
    deleteApiKey: (...values) => ask({ method: "deleteApiKey", values }),
    revokeToken: (...values) => ask({ method: "revokeToken", values }),
  };
}

interface Applied {
  readonly result: unknown;
  /** What the call is about that nobody knew before. */
  readonly made?: Partial<Pick<AuditedCall, "application" | "subjects">> | undefined;
}

/**
 * Carries the write out, with its entry of the audit log if it has changed something.
 *
 * @throws PosthornError as the change that is asked for
 */
export function applyAsked(write: ControlWrite, call: AuditedCall, asked: AskedWrite): unknown {
  const { store, atMs } = write;
  if (asked.method === "record") {
    store.audit.append(call, asked.values[0], atMs);
    return undefined;
  }
  if (asked.method === "startErasure") {
    const erasure = startErasure(write, call, ...asked.values);
    if (erasure === false) return erasure;
    const { id: erasure_id, applicationId: application } = erasure;
    const subjects = { ...call.subjects, erasure_id };
    store.audit.append({ ...call, application, subjects }, "asked", atMs);
    return erasure;
  }
  const { result, made } = apply(write, asked);
  if (store.hasChanged) {
    const subjects = { ...call.subjects, ...made?.subjects };
    store.audit.append({ ...call, ...made, subjects }, "done", atMs);
  }
  return result;
}

function apply(
  write: ControlWrite,
  asked: Exclude<AskedWrite, { readonly method: "record" | "startErasure" }>,
): Applied {
  switch (asked.method) {
    case "createApplication": {
      const result = createApplication(write, ...asked.values);
      return { result, made: { application: result.application.id } };
    }
    case "putApplication": {
      const result = putApplication(write, ...asked.values);
      return { result, made: result && { application: result.application.id } };
    }
    case "createEndpoint": {
      const result = createEndpoint(write, ...asked.values);
      return { result, made: { subjects: { endpoint_id: result.id } } };
    }
    case "putEndpoint": {
      const result = putEndpoint(write, ...asked.values);
      return { result, made: result && { subjects: { endpoint_id: result.endpoint.id } } };
    }
    case "createEventType": {
      const result = createEventType(write, ...asked.values);
      return { result, made: { subjects: { event_type_name: result.name } } };
    }
    case "startTask": {
      const result = startTask(write, ...asked.values);
      return { result, made: { subjects: { task_id: result.id } } };
    }
    case "createApiKey": {
      const result = createApiKey(write, ...asked.values);
      const { id, application } = result.apiKey;
      return { result, made: { application, subjects: { key_id: id } } };
    }
    default:
      return { result: applyToNamed(write, asked) };
  }
}

/** What the call is about is in its path. */
function applyToNamed(
  write: ControlWrite,
  asked: Exclude<
    AskedWrite,
    {
      readonly method:
        | "record"
        | "startErasure"
        | `create${string}`
        | "startTask"
        | "putApplication"
        | "putEndpoint";
    }
  >,
): unknown {
  switch (asked.method) {
    case "changeApplication":
      return changeApplication(write, ...asked.values);
    case "deleteApplication":
      return deleteApplication(write, ...asked.values);
    case "changeEndpoint":
      return changeEndpoint(write, ...asked.values);
    case "changeEndpointHeaders":
      return changeEndpointHeaders(write, ...asked.values);
    case "deleteEndpoint":
      return deleteEndpoint(write, ...asked.values);
    case "rotateSecret":
      return rotateSecret(write, ...asked.values);
    case "setHandPause":
      return setHandPause(write, ...asked.values);
    case "putEventType":
      return putEventType(write, ...asked.values);
    case "changeEventType":
      return changeEventType(write, ...asked.values);
    case "deleteEventType":
      return deleteEventType(write, ...asked.values);
    case "putOperationalApplication":
      return putOperationalApplication(write, ...asked.values);
    case "cancelTask":
      return cancelTask(write, ...asked.values);
    case "deleteApiKey":
      return deleteApiKey(write, ...asked.values);
    case "revokeToken":
      return revokeToken(write, ...asked.values);
    case "keep":
      return asked.values[0];
  }
}
