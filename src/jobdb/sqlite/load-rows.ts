import type { MessagesQuery, StoredMessage } from "../../director/facade.ts";
import type { HistoryFiles } from "./history-files.ts";

type Statements = Parameters<Parameters<HistoryFiles["read"]>[1]>[0];

interface Loading<Row> {
  readonly keys: readonly { readonly jobDb: number; readonly row: number }[];
  readonly select: (statements: Statements, row: number) => Row | undefined;
  /** With more bytes of payloads than this nothing more is read; but two rows, if there are as many. */
  readonly payloadBytesMax?: number | undefined;
  /** Between two rows: other work of the thread has its turn now and then. */
  readonly takeTurns: () => Promise<void>;
}

/** The rows of a page's keys, in order. A row whose file was dropped meanwhile is left out. */
export async function loadRows<Row extends object>(
  files: HistoryFiles,
  { keys, select, payloadBytesMax = Infinity, takeTurns }: Loading<Row>,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let payloadBytes = 0;
  for (const { jobDb, row } of keys) {
    if (payloadBytes > payloadBytesMax && rows.length > 1) break;
    await takeTurns();
    const loaded = files.read(jobDb, (statements) => select(statements, row));
    if (loaded === undefined) continue;
    rows.push(loaded);
    payloadBytes += payloadBytesOf(loaded);
  }
  return rows;
}

/** What loads messages, with or without their payloads. */
export function messageBy({
  payloadBytesMax,
}: MessagesQuery): (statements: Statements, row: number) => StoredMessage | undefined {
  return (statements, row) =>
    payloadBytesMax === 0 ? statements.messageUnread(row) : statements.message(row);
}

function payloadBytesOf(row: object): number {
  return "payload" in row && row.payload instanceof Uint8Array ? row.payload.length : 0;
}
