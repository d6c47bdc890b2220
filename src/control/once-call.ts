/** Both ends of a call that takes effect once: what makes one, and what carries it out. */
import { cancelTask } from "./cancel-task.ts";
import type { OnceCall } from "./control-call.ts";
import type { ControlWrite } from "./control-write.ts";
import { createApiKey } from "./create-api-key.ts";
import { createApplication } from "./create-application.ts";
import { createEndpoint } from "./create-endpoint.ts";
import { createEventType } from "./create-event-type.ts";
import { deleteApiKey } from "./delete-api-key.ts";
import type { OnceWriter } from "./facade.ts";
import { revokeToken } from "./revoke-token.ts";
import { rotateSecret } from "./rotate-secret.ts";
import { startTask } from "./start-task.ts";

/** @param call resolves to what `applyOnce` returns for it */
export function onceWriterBy(call: <Result>(call: OnceCall) => Promise<Result>): OnceWriter {
  return {
    createApplication: (...values) => call({ method: "createApplication", values }),
    createEndpoint: (...values) => call({ method: "createEndpoint", values }),
    createEventType: (...values) => call({ method: "createEventType", values }),
    rotateSecret: (...values) => call({ method: "rotateSecret", values }),
    startTask: (...values) => call({ method: "startTask", values }),
    cancelTask: (...values) => call({ method: "cancelTask", values }),
    createApiKey: (...values) => call({ method: "createApiKey", values }),
    deleteApiKey: (...values) => call({ method: "deleteApiKey", values }),
    revokeToken: (...values) => call({ method: "revokeToken", values }),
    keep: (...values) => call({ method: "keep", values }),
  };
}

/** @throws PosthornError as the change that is called */
export function applyOnce(write: ControlWrite, call: OnceCall): unknown {
  switch (call.method) {
    case "createApplication":
      return createApplication(write, ...call.values);
    case "createEndpoint":
      return createEndpoint(write, ...call.values);
    case "createEventType":
      return createEventType(write, ...call.values);
    case "rotateSecret":
      return rotateSecret(write, ...call.values);
    case "startTask":
      return startTask(write, ...call.values);
    case "cancelTask":
      return cancelTask(write, ...call.values);
    case "createApiKey":
      return createApiKey(write, ...call.values);
    case "deleteApiKey":
      return deleteApiKey(write, ...call.values);
    case "revokeToken":
      return revokeToken(write, ...call.values);
    case "keep":
      return call.values[0];
  }
}
