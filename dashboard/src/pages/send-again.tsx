import { useMutation, useQuery } from "@tanstack/react-query";
import { type FocusEvent, useId, useState } from "react";
import { useApi } from "../api/api-context.ts";
import { type ApiClient, path } from "../api/client.ts";
import { countsOfEndpoint, type EndpointAddress } from "../api/resources.ts";
import type { BulkReplayIn, RecoverIn, ReplayIn } from "../api/shapes.ts";
import { formText } from "../components/form-text.ts";
import { LabelledInput } from "../components/labelled-input.tsx";
import { localTextOf } from "../components/local-time.ts";
import { ProblemNotice } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";
import { bodyOf, everything, filterOf, type MessageFilter, queryOf } from "./message-filter.ts";
import { TaskWatch } from "./task-watch.tsx";

const kinds = [
  { value: "recover", label: "What has failed" },
  { value: "replay-missing", label: "What it was never sent" },
  { value: "bulk-replay", label: "What a filter says" },
] as const;
type Kind = (typeof kinds)[number]["value"];

const statuses = [
  { value: "", label: "delivered and failed" },
  { value: "0", label: "delivered" },
  { value: "2", label: "failed" },
] as const;

const dayMs = 86_400_000;

/** Sending an endpoint's messages again: how many there are before, and how far it has come after. */
export function SendAgain(address: EndpointAddress) {
  const [kind, setKind] = useState<Kind>("recover");
  const [yesterday] = useState(() => new Date(Date.now() - dayMs));
  const [filter, setFilter] = useState<MessageFilter>({
    ...everything,
    since: yesterday.toISOString(),
  });
  const api = useApi();
  const { mutate, isPending, data, error } = useMutation({
    mutationFn: (form: HTMLFormElement) => begin(api, address, kind, replayOf(form)),
  });
  /** Counted when a field is left: not for each letter. */
  const onBlur = ({ currentTarget: { form } }: FocusEvent<HTMLInputElement>) => {
    if (form !== null) setFilter(filterOf(form));
  };
  const choose = (chosen: Kind) => {
    setKind(chosen);
    setFilter(({ since, until }) => ({ ...everything, since, until }));
  };
  return (
    <Panel title="Send again">
      <form
        className="filter"
        onSubmit={(event) => {
          event.preventDefault();
          setFilter(filterOf(event.currentTarget));
          mutate(event.currentTarget);
        }}
      >
        <Choice name="kind" label="What" choices={kinds} onChoose={choose} />
        <LabelledInput
          label="Accepted since"
          name="since"
          type="datetime-local"
          defaultValue={localTextOf(yesterday)}
          required
          onBlur={onBlur}
        />
        <LabelledInput label="And before" name="until" type="datetime-local" onBlur={onBlur} />
        {kind === "bulk-replay" && (
          <>
            <Choice name="status" label="Status" choices={statuses} />
            <LabelledInput label="Event type" name="eventType" placeholder="all" onBlur={onBlur} />
            <LabelledInput label="Channel" name="channel" placeholder="all" onBlur={onBlur} />
            <LabelledInput label="Tag" name="tag" placeholder="any" onBlur={onBlur} />
          </>
        )}
        <button type="submit" className="primary" disabled={isPending}>
          Send again
        </button>
      </form>
      <Counts address={address} filter={filter} />
      {error !== null && <ProblemNotice error={error} />}
      {data !== undefined && <TaskWatch id={data.id} />}
    </Panel>
  );
}

function begin(
  api: ApiClient,
  { application, endpoint }: EndpointAddress,
  kind: Kind,
  body: RecoverIn | ReplayIn | BulkReplayIn,
): Promise<{ readonly id: string }> {
  return api.post(`${path`/api/v1/app/${application}/endpoint/${endpoint}/`}${kind}`, body);
}

/** Fields that the chosen kind has not are not there. */
function replayOf(form: HTMLFormElement): BulkReplayIn {
  const { since, ...filter } = bodyOf(filterOf(form));
  const status = formText(form, "status");
  return {
    ...filter,
    since: since ?? "", // a form without one is not submitted
    status: status === "" ? null : status === "0" ? 0 : 2,
  };
}

function Choice<Value extends string>({
  name,
  label,
  choices,
  onChoose,
}: {
  readonly name: string;
  readonly label: string;
  readonly choices: readonly { readonly value: Value; readonly label: string }[];
  readonly onChoose?: (value: Value) => void;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {/* its values are those of the choices */}
      <select id={id} name={name} onChange={({ target }) => onChoose?.(target.value as Value)}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </div>
  );
}

/** What there is of the filter, of which a part will be sent again. */
function Counts({
  address,
  filter,
}: {
  readonly address: EndpointAddress;
  readonly filter: MessageFilter;
}) {
  const { data, error } = useQuery({
    ...countsOfEndpoint(useApi(), address, queryOf(filter)),
    enabled: filter.since !== undefined,
  });
  if (error !== null) return <ProblemNotice error={error} />;
  if (data === undefined) return null;
  const { eventType, channel, tag } = filter;
  const isNarrowed = (eventType ?? channel ?? tag) !== undefined;
  return (
    <p className="faint" role="status">
      Of the messages for it within this time{isNarrowed && " that match"}{" "}
      {data.success.toLocaleString("en")} were delivered, {data.fail.toLocaleString("en")} have
      failed, and {data.pending.toLocaleString("en")} are on their way.
    </p>
  );
}
