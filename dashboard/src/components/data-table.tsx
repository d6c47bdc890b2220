import type { ReactNode } from "react";
import type { Listed } from "../api/resources.ts";
import { Loading, ProblemNotice } from "./notice.tsx";

export interface Column<Item> {
  readonly name: string;
  /** Numbers stand to the right. */
  readonly align?: "right";
  /** Takes the room that others leave, and is cut off at its end if that is not enough. */
  readonly wide?: true;
  readonly cell: (item: Item) => ReactNode;
}

export interface DataTableProps<Item> {
  /** What is listed, for whoever hears the page. */
  readonly caption: string;
  readonly columns: readonly Column<Item>[];
  readonly items: readonly Item[];
  readonly keyOf: (item: Item) => string;
  /** Shown instead of a table without rows. */
  readonly empty: ReactNode;
}

/** A real table: its first column is what each row is about. */
export function DataTable<Item>({ caption, columns, items, keyOf, empty }: DataTableProps<Item>) {
  if (items.length === 0) return empty;
  return (
    // Focusable, so that the keyboard can scroll it too.
    <div className="table-frame" role="group" aria-label={caption} tabIndex={0}>
      <table>
        <caption className="heard">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col" className={classOf(column)}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={keyOf(item)}>
              {columns.map((column, at) => (
                <Cell key={column.name} column={column} item={item} isFirst={at === 0} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell<Item>({
  column,
  item,
  isFirst,
}: {
  readonly column: Column<Item>;
  readonly item: Item;
  readonly isFirst: boolean;
}) {
  const className = classOf(column);
  return isFirst ? (
    <th scope="row" className={className}>
      {column.cell(item)}
    </th>
  ) : (
    <td className={className}>{column.cell(item)}</td>
  );
}

function classOf({ align, wide }: Pick<Column<never>, "align" | "wide">): string | undefined {
  if (align === "right") return "right";
  return wide === true ? "wide" : undefined;
}

export interface ListProps<Item> extends Omit<DataTableProps<Item>, "items"> {
  readonly list: {
    readonly data: Listed<Item> | undefined;
    readonly error: Error | null;
    readonly isPlaceholderData: boolean;
  };
  /** The iterator of the page that is shown; undefined: the first one. */
  readonly iterator: string | undefined;
  readonly onTurn: (iterator: string | undefined) => void;
}

/** A table that is a page of a list. */
export function ListTable<Item>({ list, iterator, onTurn, ...table }: ListProps<Item>) {
  const { data, error, isPlaceholderData } = list;
  if (error !== null && data === undefined) return <ProblemNotice error={error} />;
  if (data === undefined) return <Loading />;
  // `done` is about the direction in which the page was asked for.
  const isBackward = iterator?.startsWith("-") === true;
  const hasNext = isBackward || !data.done;
  const hasPrevious = isBackward ? !data.done : iterator !== undefined;
  return (
    <div aria-busy={isPlaceholderData}>
      {error !== null && <ProblemNotice error={error} />}
      <DataTable {...table} items={data.data} />
      {(hasNext || hasPrevious) && (
        <nav className="pager" aria-label={`Pages of ${table.caption}`}>
          <button type="button" disabled={iterator === undefined} onClick={() => onTurn(undefined)}>
            First
          </button>
          <button
            type="button"
            disabled={!hasPrevious}
            onClick={() => onTurn(data.prevIterator ?? undefined)}
          >
            Previous
          </button>
          <button
            type="button"
            disabled={!hasNext}
            onClick={() => onTurn(data.iterator ?? undefined)}
          >
            Next
          </button>
        </nav>
      )}
    </div>
  );
}
