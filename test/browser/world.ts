/** A server with customers, endpoints of several characters, and what became of some messages. */
import { join } from "node:path";
import { Svix } from "svix";
import { FolderArchiveStore } from "../../src/archive/folder-archive-store.ts";
import { type Posthorn, type PosthornOptions, startPosthorn } from "../../src/main/posthorn.ts";
import { eventually } from "../e2e/eventually.ts";
import { PathReceiver } from "../e2e/path-receiver.ts";
import { makeScratchFolder } from "../e2e/scratch-folder.ts";

export interface World {
  readonly posthorn: Posthorn;
  readonly receiver: PathReceiver;
  readonly svix: Svix;
  readonly token: string;
  /** What the server archives to, unless it was told otherwise. */
  readonly archive: FolderArchiveStore;
  close(): Promise<void>;
}

/** With nothing in it. */
export async function startWorld(name: string, options: PosthornOptions = {}): Promise<World> {
  const receiver = new PathReceiver();
  await receiver.start();
  const folder = makeScratchFolder(name);
  const posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    retrySchedule: [3600, 7200],
    logLevel: "silent",
    ...options,
  });
  const token = await posthorn.token();
  const svix = new Svix(token, { serverUrl: posthorn.address });
  const close = async () => {
    await posthorn.stop();
    receiver.stop();
    folder.remove();
  };
  const archive = new FolderArchiveStore(join(folder.path, "archive"));
  return { posthorn, receiver, svix, token, archive, close };
}

export interface Populated {
  /** Of an application whose endpoints are as different as they come. */
  readonly application: string;
  /** Delivered to one endpoint, failed at another. */
  readonly message: string;
  /** That answers 500. */
  readonly failing: string;
}

const customers = [
  ["ada", "Ada's bakery"],
  ["northwind", "Northwind Freight"],
  ["kestrel", "Kestrel Bank"],
  ["ferry", "Ferry & Daughters"],
  ["umbra", "Umbra Optics"],
] as const;

const orderSchema = {
  type: "object",
  required: ["order", "total"],
  properties: {
    order: { type: "string", examples: ["A-1001"] },
    total: { type: "number", description: "In the currency's unit." },
    currency: { type: "string", enum: ["EUR", "USD", "JPY"] },
  },
};

const messagesOfEach = 12;

/** Fills a world, and waits until what can be delivered is. */
export async function populate({ svix, receiver }: World): Promise<Populated> {
  for (const [uid, name] of customers) await svix.application.create({ name, uid });
  for (const [name, description] of [
    ["order.paid", "An order was paid in full."],
    ["order.shipped", "A parcel left the house."],
    ["invoice.overdue", "Thirty days have passed without payment."],
  ] as const) {
    await svix.eventType.create({ name, description, schemas: { "1": orderSchema } });
  }
  receiver.answer("/broken", () => ({
    status: 500,
    headers: { "content-type": "application/json" },
    body: '{"error":"database is on fire","request":"7f3a"}',
  }));
  const { id: application } = await svix.application.get("ada");
  const url = (path: string) => receiver.url(path);
  await svix.endpoint.create("ada", { url: url("/orders"), description: "Order desk" });
  const { id: failing } = await svix.endpoint.create("ada", {
    url: url("/broken"),
    description: "Old billing system",
    eventTypes: ["order.paid"],
  });
  await svix.endpoint.create("ada", { url: url("/ledger"), uid: "ledger", channels: ["books"] });
  await svix.endpoint.create("ada", { url: url("/gone"), disabled: true });
  const ids: string[] = [];
  for (let number = 1; number <= messagesOfEach; number += 1) {
    for (const eventType of ["order.paid", "order.shipped"]) {
      const { id } = await svix.message.create("ada", {
        eventType,
        eventId: `${eventType}-${number}`,
        payload: { order: `A-${1000 + number}`, total: 12.5 * number, currency: "EUR" },
        channels: ["books"],
        tags: ["demo"],
      });
      ids.push(id);
    }
  }
  const [message = ""] = ids;
  await eventually(
    () => svix.messageAttempt.listByMsg("ada", message),
    ({ data }) => data.length === 3,
  );
  await receiver.requests("/orders", ids.length);
  return { application, message, failing };
}
