/** Pages of the fake backend's rows. */
import type { Address } from "../../src/core/ids.ts";
import type { ControlPage } from "../../src/control/facade.ts";
import type { Page } from "../../src/director/facade.ts";

export function pageOf<Row extends { readonly address: Address }>(
  rows: readonly Row[],
  page: Page,
): readonly Row[] {
  const { edge, direction } = page;
  const sorted = rows
    .filter(({ address }) => {
      if (edge === undefined) return true;
      return direction === "older" ? address.row < edge.row : address.row > edge.row;
    })
    .sort((left, right) => left.address.row - right.address.row);
  if (direction === "older") sorted.reverse();
  return sorted.slice(0, page.limit);
}

export function controlPageOf<Row>(
  rows: readonly Row[],
  page: ControlPage,
  idOf: (row: Row) => string,
): readonly Row[] {
  const sorted = rows.toSorted((left, right) => (idOf(left) < idOf(right) ? -1 : 1));
  if (page.order === "descending") sorted.reverse();
  const { edge } = page;
  return sorted
    .filter((row) => {
      if (edge === undefined) return true;
      return page.order === "ascending" ? idOf(row) > edge : idOf(row) < edge;
    })
    .slice(0, page.limit);
}
