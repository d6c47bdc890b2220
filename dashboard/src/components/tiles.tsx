import type { ReactNode } from "react";

export interface Tile {
  readonly name: string;
  readonly value: ReactNode;
  readonly note?: string;
  readonly isBad?: boolean;
}

/** The few numbers that say how things are. */
export function Tiles({ tiles }: { readonly tiles: readonly Tile[] }) {
  return (
    <dl className="tiles">
      {tiles.map(({ name, value, note, isBad }) => (
        <div key={name} className={isBad === true ? "tile tile-bad" : "tile"}>
          <dt>{name}</dt>
          <dd>
            <span className="tile-value">{value}</span>
            {note !== undefined && <span className="tile-note">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
