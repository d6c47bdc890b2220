import type { Ask } from "./api-client.ts";
import { queryText } from "./api-command.ts";

/** A page of any listing of the API. */
interface Page<Item> {
  readonly data: readonly Item[];
  readonly iterator: string;
  readonly done: boolean;
}

/** Every item of a listing, in its order. */
export async function allPages<Item>(ask: Ask, path: string): Promise<readonly Item[]> {
  const items: Item[] = [];
  let iterator: string | undefined;
  for (;;) {
    const url = path + queryText({ limit: "250", iterator });
    const page = (await ask({ method: "GET", path: url })) as Page<Item>; // its schema
    items.push(...page.data);
    if (page.done) return items;
    ({ iterator } = page);
  }
}
