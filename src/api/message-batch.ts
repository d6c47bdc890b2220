/** Many messages in one request, one transaction and one answer. Ours: Svix has no such operation. */
import type { FastifyRequest } from "fastify";
import { Type, type Static } from "typebox";
import type { Application } from "../control/entities.ts";
import { assert } from "../core/errors.ts";
import { messageIdOf, type Address, type ApplicationKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { IncomingMessage } from "../core/message.ts";
import type { StoredAnswer } from "../director/facade.ts";
import { applicationOrNew } from "./application-alongside.ts";
import { type BatchItem, ndjsonType, parseBatchBodies } from "./batch-body.ts";
import { component } from "./component.ts";
import type { ApiContext, ApiServer } from "./context.ts";
import { applicationPath, instant } from "./fields.ts";
import type { Passage } from "./intake-gate.ts";
import type { JudgingTurns } from "./judging-turns.ts";
import { incomingMessageOf, MessageIn } from "./message-in.ts";
import type { Acceptance } from "./message.ts";
import { sendAnswer, type Answer } from "./once.ts";
import {
  answer,
  bodyProblemAnswers,
  HttpErrorOut,
  intakeProblemAnswers,
  operation,
  ValidationErrorItem,
} from "./operation.ts";
import { Problem, type WrongField } from "./problem.ts";
import { ofTrace, traceOf } from "./trace.ts";
import { wrongFieldsOf } from "./wrong-fields.ts";

const MessageBatchResultOut = component(
  "MessageBatchResultOut",
  Type.Union([
    Type.Object({ status: Type.Literal("accepted"), id: Type.String(), timestamp: instant }),
    Type.Object({ status: Type.Literal("duplicate") }),
    Type.Object({ status: Type.Literal("rejected"), detail: Type.Array(ValidationErrorItem.ref) }),
  ]),
);
type BatchResult = Static<typeof MessageBatchResultOut.ref>;

const MessageBatchOut = component(
  "MessageBatchOut",
  Type.Object({
    data: Type.Array(MessageBatchResultOut.ref, { description: "One for each message, in order." }),
  }),
);

/** For the document; the items are judged one by one. */
const body = {
  content: {
    "application/json": {
      schema: Type.Array(MessageIn.ref, { maxItems: limits.batchMessagesMax }),
    },
    [ndjsonType]: { schema: Type.Unknown({ description: "A MessageIn on each line." }) },
  },
};

/** Of a message that is refused, with every reason. */
type Rejected = Extract<BatchResult, { status: "rejected" }>;

export function messageBatchRoutes(
  server: ApiServer,
  context: ApiContext,
  acceptance: Acceptance,
): void {
  for (const { schema } of [MessageBatchResultOut, MessageBatchOut]) server.addSchema(schema);
  void server.register((scope: ApiServer, _options, done) => {
    parseBatchBodies(scope);
    createRoute(scope, context, acceptance);
    done();
  });
}

function createRoute(
  server: ApiServer,
  context: ApiContext,
  { events, answers, gate, turns }: Acceptance,
): void {
  server.route({
    method: "POST",
    url: "/api/v1/app/:app_id/msg/batch",
    schema: {
      ...operation(
        "v1.message.create-batch",
        "Message",
        "Create up to 1,000 messages at once",
        "organization",
      ),
      params: applicationPath,
      body,
      response: {
        202: answer(
          MessageBatchOut,
          "What became of each message: those accepted are on disk, all in one transaction",
        ),
        ...bodyProblemAnswers,
        ...intakeProblemAnswers,
        415: answer(HttpErrorOut, `The body is neither \`application/json\` nor \`${ndjsonType}\``),
      },
    },
    config: { keptAnswer: answers.kept(acceptedAgain) },
    onRequest: gate.refuseEarly,
    handler: (request, reply) => {
      const { batch } = request;
      const size = { messages: batch.length, bytes: batch.bodyBytes };
      return gate.pass(request, size, async ({ hasNeighbour }) => {
        const judged = await judge(context, request, { turns, hasNeighbour });
        const accepted = judged.messages.flatMap((each) => (isRejected(each) ? [] : [each]));
        const addresses = await events.acceptAll(accepted, (areAccepted) => {
          const text = JSON.stringify(unacceptedOf(judged.messages, areAccepted));
          return answers.newAnswer(request, judged.application, text);
        });
        const areAccepted = addresses.map((address) => address !== undefined);
        const stored = addresses.filter((address) => address !== undefined);
        const unaccepted = unacceptedOf(judged.messages, areAccepted);
        const resultOf = resultsOf(stored);
        const each = (index: number): BatchResult => resultOf(unaccepted[index]);
        const data = await turns.goOn(unaccepted.length, each, hasNeighbour);
        return sendAnswer(reply, answerOf(data));
      });
    },
  });
}

interface Judged {
  readonly application: ApplicationKey;
  /** In order. */
  readonly messages: readonly (IncomingMessage | Rejected)[];
}

async function judge(
  context: ApiContext,
  request: Parameters<typeof checkOf>[0] &
    Parameters<typeof applicationOrNew>[1] &
    Parameters<typeof traceOf>[1],
  { turns, hasNeighbour }: { readonly turns: JudgingTurns } & Pick<Passage, "hasNeighbour">,
): Promise<Judged> {
  const { batch } = request;
  const check = checkOf(request);
  const checkAt = (index: number): Checked | Rejected => check(batch.read(index), index);
  const checked = await turns.build(batch.length, checkAt, hasNeighbour);
  const application = await applicationOfBatch(context, request, checked);
  const trace = traceOf(context, request);
  const prepareAt = (index: number): IncomingMessage | Rejected => {
    const each = checked[index];
    assert(each !== undefined, "each message of a batch was checked");
    const prepared = isRejected(each) ? each : preparedOf(context, application, each, index);
    return isRejected(prepared) ? prepared : ofTrace(prepared, trace);
  };
  const messages = await turns.goOn(checked.length, prepareAt, hasNeighbour);
  return { application: application.key, messages };
}

/** A message of the batch that the schema has let pass. */
interface Checked {
  readonly message: MessageIn;
  readonly payload: Uint8Array;
}

/** What judges a message of the batch by the schema of a single one. */
function checkOf(
  request: Pick<FastifyRequest, "batch" | "compileValidationSchema">,
): (item: BatchItem, index: number) => Checked | Rejected {
  const validate = request.compileValidationSchema(MessageIn.ref);
  return (item, index) => {
    const place = ["body", String(index)];
    if (item.kind === "unreadable") {
      const msg = `Expected a message's JSON, got ${item.got}. Correct it.`;
      return rejected([{ loc: place, msg, type: "value_error" }]);
    }
    if (!isMessage(item.value, validate)) {
      const errors = validate.errors?.slice(0, limits.wrongFieldsPerMessageMax) ?? [];
      const wrong = wrongFieldsOf(errors, "body", () => undefined);
      return rejected(wrong.map((each) => ({ ...each, loc: [...place, ...each.loc.slice(1)] })));
    }
    assert(item.payload !== undefined, "a payload that is valid has bytes");
    return { message: item.value, payload: item.payload };
  };
}

/** The path's; if there is none, the first one that a message of the batch brings. */
function applicationOfBatch(
  context: ApiContext,
  request: Parameters<typeof applicationOrNew>[1],
  checked: readonly (Checked | Rejected)[],
): Promise<Application> {
  const index = checked.findIndex((each) => !isRejected(each) && each.message.application);
  const found = checked[index];
  const given = found === undefined || isRejected(found) ? undefined : found.message.application;
  return applicationOrNew(context, request, given, ["body", String(index), "application"]);
}

/** The message made ready, or why it can't be. */
function preparedOf(
  context: ApiContext,
  application: Application,
  { message, payload }: Checked,
  index: number,
): IncomingMessage | Rejected {
  try {
    return incomingMessageOf(context, application, message, payload);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const place = ["body", String(index)];
    return rejected([{ loc: place, msg: error.message, type: "value_error" }]);
  }
}

function isMessage(value: unknown, validate: (value: unknown) => boolean): value is MessageIn {
  return validate(value);
}

function rejected(wrongFields: readonly WrongField[]): Rejected {
  const detail = wrongFields.map(({ loc, msg, type }) => ({ loc: [...loc], msg, type }));
  return { status: "rejected", detail };
}

function isRejected(judged: Checked | IncomingMessage | Rejected): judged is Rejected {
  return "status" in judged;
}

/** What is kept of an answer besides its messages. Null: accepted. */
type Unaccepted = Exclude<BatchResult, { status: "accepted" }> | null;

/** @param areAccepted of those that are not rejected, in order */
function unacceptedOf(
  judged: readonly (IncomingMessage | Rejected)[],
  areAccepted: readonly boolean[],
): Unaccepted[] {
  const accepted = areAccepted.values();
  return judged.map((each) => {
    if (isRejected(each)) return each;
    return accepted.next().value === true ? null : { status: "duplicate" };
  });
}

/**
 * What became of each message, to be asked for in order.
 *
 * @param addresses of those accepted, in order
 */
function resultsOf(
  addresses: readonly Address[],
): (unaccepted: Unaccepted | undefined) => BatchResult {
  const stored = addresses.values();
  let [textAtMs, text] = [Number.NaN, ""]; // those of a commit have one time
  return (unaccepted) => {
    assert(unaccepted !== undefined, "each message of a batch was judged");
    if (unaccepted !== null) return unaccepted;
    const { value: address } = stored.next();
    assert(address !== undefined, "a message that is accepted has its address");
    if (address.atMs !== textAtMs) {
      [textAtMs, text] = [address.atMs, new Date(address.atMs).toISOString()];
    }
    return { status: "accepted", id: messageIdOf(address), timestamp: text };
  };
}

function answerOf(data: readonly BatchResult[]): Answer {
  return { status: 202, body: { data } };
}

function acceptedAgain({ text, messages }: StoredAnswer): Answer {
  const unaccepted = JSON.parse(text) as Unaccepted[]; // written by the route
  const resultOf = resultsOf(messages.map(({ address }) => address));
  return answerOf(unaccepted.map((each) => resultOf(each)));
}
