import { Type, type Static, type TSchema, type TUnsafe } from "typebox";

/** A schema with a name of its own in the OpenAPI document. */
export interface Component<T> {
  /** To be registered, once. */
  readonly schema: TSchema;
  /** To be used wherever the schema is meant. */
  readonly ref: TUnsafe<T>;
}

/** @param id Svix's name for it, if Svix has it */
export function component<T extends TSchema>(id: string, schema: T): Component<Static<T>> {
  return { schema: { ...schema, $id: id }, ref: Type.Unsafe({ $ref: `${id}#` }) };
}
