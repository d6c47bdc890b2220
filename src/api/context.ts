import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { ControlReader, ControlWriter } from "../control/facade.ts";
import type { Application } from "../control/entities.ts";
import type { AuditLog } from "../control/audit.ts";
import type { Activity } from "../director/activity.ts";
import type { Archives } from "../director/archives.ts";
import type { History, Intake, Queues, StorageState } from "../director/facade.ts";
import type { Inspections } from "../director/inspections.ts";
import type { Traffic } from "../director/traffic.ts";
import type { Erasures } from "../control/erasure.ts";
import type { Access } from "./access.ts";
import { Problem } from "./problem.ts";

/** What the routes work with. */
export interface ApiContext {
  readonly intake: Intake;
  /** Where all that is stored lies. */
  readonly disk: {
    /** @throws PosthornError `disk_full` while nothing new should be stored */
    assertRoom(): void;
  };
  /** Where history goes before it is dropped; undefined: nothing is archived. */
  readonly archives: Archives | undefined;
  readonly queues: Queues;
  readonly traffic: Traffic;
  readonly activity: Activity;
  readonly storage: StorageState;
  /** Whether the traces that messages belong to are of use to anybody. */
  readonly isTracing: boolean;
  readonly history: History;
  readonly controlReader: ControlReader;
  /** Without a way around the audit log. */
  readonly controlWriter: Pick<ControlWriter, "audited" | "keptResult">;
  readonly inspections: Inspections;
  readonly auditLog: AuditLog;
  readonly erasures: Pick<Erasures, "erasure" | "erasures">;
  /** There is an erasure to carry out. */
  readonly onErasure: () => void;
}

/** Where routes are put; schemas give their handlers the types. */
export type ApiServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module "fastify" {
  interface FastifyRequest {
    /** Whose token the request has; "" where none is asked for. */
    organization: string;
    /** What that token gives access to; undefined where none is asked for. */
    access: Access | undefined;
  }
}

/** The application in a request's path, of the organisation that asks; else the problem `not_found`. */
export function applicationOf(
  context: ApiContext,
  request: { readonly organization: string; readonly params: { readonly app_id: string } },
): Application {
  const { app_id: id } = request.params;
  const application = context.controlReader.application(request.organization, id);
  if (application === undefined) throw Problem.notFound("an application", id);
  return application;
}
