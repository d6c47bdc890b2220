import { useMutation, useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useApi } from "../api/api-context.ts";
import { type ApiClient, path } from "../api/client.ts";
import { backgroundTask, countsOfEndpoint, type EndpointAddress } from "../api/resources.ts";
import type { BulkReplayIn, RecoverIn, ReplayIn } from "../api/shapes.ts";
import { formText } from "../components/form-text.ts";
import { instantOfLocal, localTextOf } from "../components/local-time.ts";
import { ProblemNotice } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";
import { AbortTask, TaskProgress, TaskState } from "./task-cells.tsx";

const kinds = [
  { value: "recover", label: "What has failed" },
  { value: "replay-missing", label: "What it was never sent" },
  { value: "bulk-replay", label: "What a filter says" },
] as const;
type Kind = (typeof kinds)[number]["value"];

const dayMs = 86_400_000;

/** Sending an endpoint's messages again: how many there are before, and how far it has come after. */
export function SendAgain(address: EndpointAddress) {
  const [kind, setKind] = useState<Kind>("recover");
  const [since, setSince] = useState(() => localTextOf(new Date(Date.now() - dayMs)));
  const [until, setUntil] = useState("");
  const api = useApi();
  const { mutate, isPending, data, error } = useMutation({
    mutationFn: (form: HTMLFormElement) => begin(api, address, kind, bodyOf(form, kind)),
  });
  return (
    <Panel title="Send again">
      <form
        className="filter"
        onSubmit={(event) => {
          event.preventDefault();
          mutate(event.currentTarget);
        }}
      >
        <Choice name="kind" label="What" choices={kinds} onChoose={(chosen) => setKind(chosen)} />
        <Moment name="since" label="Accepted since" value={since} onChange={setSince} required />
        <Moment name="until" label="And before" value={until} onChange={setUntil} />
        {kind === "bulk-replay" && <FilterFields />}
        <button type="submit" className="primary" disabled={isPending}>
          Send again
        </button>
      </form>
      <Counts address={address} since={since} until={until} />
      {error !== null && <ProblemNotice error={error} />}
      {data !== undefined && <Watch id={data.id} />}
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

function bodyOf(form: HTMLFormElement, kind: Kind): BulkReplayIn {
  const until = formText(form, "until");
  const span = {
    since: new Date(formText(form, "since")).toISOString(),
    ...(until === "" ? {} : { until: new Date(until).toISOString() }),
  };
  if (kind !== "bulk-replay") return span;
  const [eventType, status] = [formText(form, "eventType"), formText(form, "status")];
  return {
    ...span,
    ...(eventType === "" ? {} : { eventTypes: [eventType] }),
    ...(status === "" ? {} : { status: status === "0" ? 0 : 2 }),
  };
}

function FilterFields() {
  const id = useId();
  return (
    <>
      <Choice
        name="status"
        label="Status"
        choices={[
          { value: "", label: "delivered and failed" },
          { value: "0", label: "delivered" },
          { value: "2", label: "failed" },
        ]}
      />
      <div className="field">
        <label htmlFor={id}>Event type</label>
        <input id={id} name="eventType" placeholder="all" autoComplete="off" />
      </div>
    </>
  );
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

function Moment({
  name,
  label,
  value,
  onChange,
  required = false,
}: {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly required?: boolean;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        type="datetime-local"
        value={value}
        required={required}
        onChange={({ target }) => onChange(target.value)}
      />
    </div>
  );
}

/** What there is within the span, of which a part will be sent again. */
function Counts({
  address,
  since,
  until,
}: {
  readonly address: EndpointAddress;
  readonly since: string;
  readonly until: string;
}) {
  const { data, error } = useQuery({
    ...countsOfEndpoint(useApi(), address, {
      since: instantOfLocal(since),
      until: instantOfLocal(until),
    }),
    enabled: instantOfLocal(since) !== undefined,
  });
  if (error !== null) return <ProblemNotice error={error} />;
  if (data === undefined) return null;
  return (
    <p className="faint" role="status">
      Of the messages for it within this time {data.success.toLocaleString("en")} were delivered,{" "}
      {data.fail.toLocaleString("en")} have failed, and {data.pending.toLocaleString("en")} are on
      their way.
    </p>
  );
}

function Watch({ id }: { readonly id: string }) {
  const { data: task, error } = useQuery(backgroundTask(useApi(), id));
  if (error !== null) return <ProblemNotice error={error} />;
  if (task === undefined) return null;
  return (
    <p className="task" role="status">
      <TaskState task={task} />
      <TaskProgress data={task.data} />
      <span>{task.data.messagesSent.toLocaleString("en")} sent again</span>
      <AbortTask task={task} />
    </p>
  );
}
