import { useState } from "react";
import type { EventTypeOut } from "../api/shapes.ts";
import { formText } from "../components/form-text.ts";
import { jsonObjectOf } from "../components/json-object.ts";
import { LabelledInput } from "../components/labelled-input.tsx";
import { LabelledText } from "../components/labelled-text.tsx";
import { ProblemNotice } from "../components/notice.tsx";

export type EventTypeFields = Pick<EventTypeOut, "name" | "description" | "deprecated" | "schemas">;

export interface EventTypeFormProps {
  /** Undefined: it is a new one. */
  readonly eventType: EventTypeFields | undefined;
  readonly submitLabel: string;
  readonly isPending: boolean;
  readonly error: Error | null;
  readonly onSubmit: (fields: EventTypeFields) => void;
}

/** What an event type is called, what it means, and what its payloads are like. */
export function EventTypeForm({
  eventType,
  submitLabel,
  isPending,
  error,
  onSubmit,
}: EventTypeFormProps) {
  const [unreadable, setUnreadable] = useState<Error | null>(null);
  const submit = (form: HTMLFormElement) => {
    const fields = fieldsIn(form, eventType);
    setUnreadable(fields instanceof Error ? fields : null);
    if (!(fields instanceof Error)) onSubmit(fields);
  };
  const problem = unreadable ?? error;
  return (
    <form
      className="stacked-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit(event.currentTarget);
      }}
    >
      {eventType === undefined && (
        <LabelledInput label="Name" name="name" required placeholder="order.paid" />
      )}
      <LabelledInput
        label="Description"
        name="description"
        required
        spellCheck
        defaultValue={eventType?.description}
      />
      <LabelledText
        label={`Schema ${versionOf(eventType)}, a JSON Schema (not needed)`}
        name="schema"
        rows={12}
        defaultValue={schemaTextOf(eventType)}
      />
      <label className="check">
        <input type="checkbox" name="deprecated" defaultChecked={eventType?.deprecated} />
        deprecated: endpoints are advised against it
      </label>
      {problem !== null && <ProblemNotice error={problem} />}
      <button type="submit" className="primary" disabled={isPending}>
        {submitLabel}
      </button>
    </form>
  );
}

/** The newest version that there is. */
function versionOf(eventType: EventTypeFields | undefined): string {
  return Object.keys(eventType?.schemas ?? {}).at(-1) ?? "1";
}

function schemaTextOf(eventType: EventTypeFields | undefined): string {
  const schema = eventType?.schemas?.[versionOf(eventType)];
  return schema === undefined ? "" : JSON.stringify(schema, undefined, 2);
}

/** Other versions of the schema stay as they are. An error if the schema is no JSON object. */
function fieldsIn(
  form: HTMLFormElement,
  before: EventTypeFields | undefined,
): EventTypeFields | Error {
  const schema = jsonObjectOf("The schema", formText(form, "schema"));
  if (schema instanceof Error) return schema;
  const { [versionOf(before)]: _, ...others } = before?.schemas ?? {};
  const schemas = schema === undefined ? others : { ...others, [versionOf(before)]: schema };
  return {
    name: before?.name ?? formText(form, "name"),
    description: formText(form, "description"),
    deprecated: new FormData(form).has("deprecated"),
    schemas: Object.keys(schemas).length === 0 ? null : schemas,
  };
}
