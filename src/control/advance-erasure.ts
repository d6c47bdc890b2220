import type { AuditedCall } from "./audit.ts";
import type { ControlWrite } from "./control-write.ts";
import type { ErasureReceipt } from "./erasure.ts";
import { receiptHashOf } from "./erasure-store.ts";

/** Keeps what an erasure has done so far; one that has ended stays as it is. */
export function advanceErasure(
  { store, atMs }: ControlWrite,
  key: number,
  receipt: ErasureReceipt,
): void {
  if (store.erasures.row(key)?.status !== "running") return;
  const text = JSON.stringify(receipt);
  store.erasures.update(key, { status: "running", receipt: text, updated_at_ms: atMs });
}

/** Ends an erasure. The audit log has the receipt's hash, in the name of who asked for it. */
export function finishErasure(
  { store, atMs }: ControlWrite,
  key: number,
  receipt: ErasureReceipt,
): void {
  const row = store.erasures.row(key);
  if (row?.status !== "running") return;
  const text = JSON.stringify(receipt);
  store.erasures.update(key, { status: "finished", receipt: text, updated_at_ms: atMs });
  const call = JSON.parse(row.asked_by) as AuditedCall; // written by startErasure
  const subjects = { ...call.subjects, erasure_id: row.id, receipt_sha256: receiptHashOf(text) };
  store.audit.append({ ...call, subjects }, "done", atMs);
}
