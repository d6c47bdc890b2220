import { assert } from "./errors.ts";
import { applicationKeyOf, endpointKeyOf } from "./ids.ts";
import type { IncomingMessage, Recipient } from "./message.ts";
import type { PackedRowsReader, PackedRowsWriter } from "./packed-rows.ts";

/** Writes what a producer handed in; a message row has its address beside it. */
export function writeMessage(writer: PackedRowsWriter, message: IncomingMessage): void {
  const { application, retentionDays, recipients } = message;
  writer.numbers(application, retentionDays);
  writer.bytes(message.payload);
  writer.numbers(recipients.length);
  for (const { endpoint, skipped } of recipients) writer.numbers(endpoint, skipped ? 1 : 0);
  writer.text(message.eventType);
  writer.text(message.eventId);
  writer.list(message.channels);
  writer.list(message.tags);
  writer.text(message.trace);
}

/** Reads what `writeMessage` wrote. The payload is a view of the packed bytes. */
export function readMessage(reader: PackedRowsReader): IncomingMessage {
  const application = applicationKeyOf(reader.number());
  const retentionDays = reader.number();
  const payload = reader.bytes();
  const recipients = Array.from({ length: reader.number() }, () => readRecipient(reader));
  const eventType = reader.text();
  assert(eventType !== undefined, "a message has an event type");
  const eventId = reader.text();
  const channels = reader.list();
  const tags = reader.list();
  const trace = reader.text();
  const message = { application, eventType, eventId, channels, tags, payload };
  const read = { ...message, retentionDays, recipients };
  return trace === undefined ? read : { ...read, trace };
}

function readRecipient(reader: PackedRowsReader): Recipient {
  return { endpoint: endpointKeyOf(reader.number()), skipped: reader.number() === 1 };
}
