import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";
import { useApi } from "../api/api-context.ts";
import { catalogue } from "../api/resources.ts";
import type { EndpointOut } from "../api/shapes.ts";
import { formText } from "../components/form-text.ts";
import { LabelledInput } from "../components/labelled-input.tsx";
import { Loading, Nothing, ProblemNotice } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";
import { visible } from "../components/text.ts";

/** What whoever it belongs to says of an endpoint. */
export type EndpointFields = Pick<
  EndpointOut,
  "url" | "description" | "eventTypes" | "channels" | "throttleRate"
>;

export interface EndpointFormProps {
  /** Undefined: it is a new one. */
  readonly endpoint: EndpointFields | undefined;
  readonly submitLabel: string;
  readonly isPending: boolean;
  readonly error: Error | null;
  readonly onSubmit: (fields: EndpointFields) => void;
}

/** Where an endpoint's messages go, and which. */
export function EndpointForm({
  endpoint,
  submitLabel,
  isPending,
  error,
  onSubmit,
}: EndpointFormProps) {
  return (
    <form
      className="endpoint-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(fieldsIn(event.currentTarget));
      }}
    >
      <WhereTo endpoint={endpoint} />
      <WhatOf endpoint={endpoint} />
      {error !== null && <ProblemNotice error={error} />}
      <button type="submit" className="primary" disabled={isPending}>
        {submitLabel}
      </button>
    </form>
  );
}

/** The API's own bound. */
const throttleRateMax = 65_535;

function WhereTo({ endpoint }: Pick<EndpointFormProps, "endpoint">) {
  return (
    <Panel title="Where to">
      <LabelledInput
        label="URL"
        name="url"
        type="url"
        required
        defaultValue={endpoint?.url}
        placeholder="https://example.com/webhooks"
      />
      <LabelledInput
        label="Description (not needed)"
        name="description"
        defaultValue={endpoint?.description}
        spellCheck
      />
      <LabelledInput
        label="At most so many a second (not needed)"
        name="throttleRate"
        type="number"
        min={1}
        max={throttleRateMax}
        defaultValue={endpoint?.throttleRate ?? undefined}
      />
    </Panel>
  );
}

function WhatOf({ endpoint }: Pick<EndpointFormProps, "endpoint">) {
  return (
    <Panel title="What of">
      <Catalogue chosen={endpoint?.eventTypes ?? []} />
      <LabelledInput
        label="Only of these channels, with commas between (not needed)"
        name="channels"
        defaultValue={endpoint?.channels?.join(", ")}
        placeholder="all"
      />
    </Panel>
  );
}

/** The event types that there are, to choose from, and those that were chosen before and are not shown there (any more). */
function Catalogue({ chosen }: { readonly chosen: readonly string[] }) {
  const { data, error } = useQuery(catalogue(useApi()));
  if (error !== null) return <ProblemNotice error={error} />;
  if (data === undefined) return <Loading />;
  const known = new Set(data.data.map(({ name }) => name));
  const others = chosen.filter((name) => !known.has(name));
  if (known.size === 0 && others.length === 0) {
    return <Nothing title="No event types yet">The endpoint is told of everything.</Nothing>;
  }
  return (
    <fieldset className="catalogue">
      <legend>Choose event types, or none to be told of all, also of those to come.</legend>
      {data.data.map(({ name, description, deprecated }) => (
        <Choice key={name} name={name} isChosen={chosen.includes(name)}>
          {deprecated && <span className="chip">deprecated</span>}
          <bdi className="faint">{visible(description)}</bdi>
        </Choice>
      ))}
      {others.map((name) => (
        <Choice key={name} name={name} isChosen>
          <span className="faint">chosen before</span>
        </Choice>
      ))}
    </fieldset>
  );
}

function Choice({
  name,
  isChosen,
  children,
}: {
  readonly name: string;
  readonly isChosen: boolean;
  readonly children: ReactNode;
}) {
  const id = useId();
  return (
    <label htmlFor={id}>
      <input type="checkbox" id={id} name="eventTypes" value={name} defaultChecked={isChosen} />
      <span>
        <code>{name}</code>
        {children}
      </span>
    </label>
  );
}

/** None chosen, none named and no rate are null: all, all, and no limit. */
function fieldsIn(form: HTMLFormElement): EndpointFields {
  const eventTypes = new FormData(form).getAll("eventTypes").map(String);
  const channels = formText(form, "channels")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const rate = formText(form, "throttleRate");
  return {
    url: formText(form, "url"),
    description: formText(form, "description"),
    eventTypes: eventTypes.length === 0 ? null : eventTypes,
    channels: channels.length === 0 ? null : channels,
    throttleRate: rate === "" ? null : Number(rate),
  };
}
