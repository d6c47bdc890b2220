import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Answering, answeringOf, inspectorUrlOf } from "../../../src/core/inspector-url.ts";
import { useApi } from "../api/api-context.ts";
import { path } from "../api/client.ts";
import type { EndpointAddress } from "../api/resources.ts";
import type { ArrivalOut } from "../api/shapes.ts";
import { useArrivals } from "../api/use-arrivals.ts";
import { Badge } from "../components/badge.tsx";
import { TextBlock } from "../components/code.tsx";
import { formText } from "../components/form-text.ts";
import { LabelledInput } from "../components/labelled-input.tsx";
import { Loading, Nothing, ProblemNotice } from "../components/notice.tsx";
import { Facts, Panel } from "../components/panel.tsx";
import { visible } from "../components/text.ts";
import { durationOf, Instant } from "../components/time.tsx";
import { useViewer } from "../components/viewer.ts";

export interface InspectorPanelsProps {
  readonly address: EndpointAddress;
  readonly url: string;
}

/** Of an endpoint at the inspector: how it is answered, and what came. Nothing of others. */
export function InspectorPanels({ address, url }: InspectorPanelsProps) {
  const { mayChange } = useViewer();
  const answering = answeringOf(url);
  if (answering === undefined) return null;
  return (
    <>
      {mayChange && answering.kind === "told" && (
        <AnsweringForm key={url} address={address} told={answering} />
      )}
      <Arrivals {...address} />
    </>
  );
}

interface AnsweringFormProps {
  readonly address: EndpointAddress;
  readonly told: Answering & { readonly kind: "told" };
}

function AnsweringForm({ address: { application, endpoint }, told }: AnsweringFormProps) {
  const api = useApi();
  const queries = useQueryClient();
  const { mutate, isPending, isSuccess, error } = useMutation({
    mutationFn: (answering: Answering) =>
      api.patch(path`/api/v1/app/${application}/endpoint/${endpoint}`, {
        url: inspectorUrlOf(answering),
      }),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <Panel title="How the inspector answers">
      <form
        className="filter"
        onSubmit={(event) => {
          event.preventDefault();
          const number = (name: string) => Number(formText(event.currentTarget, name));
          mutate({
            kind: "told",
            status: number("status"),
            delayMs: number("delayMs"),
            failureShare: number("failureShare"),
          });
        }}
      >
        <LabelledInput
          label="Status"
          name="status"
          inputMode="numeric"
          defaultValue={told.status}
        />
        <LabelledInput
          label="After how many ms"
          name="delayMs"
          inputMode="numeric"
          defaultValue={told.delayMs}
        />
        <LabelledInput
          label="Share answered 500, 0 to 1"
          name="failureShare"
          inputMode="decimal"
          defaultValue={told.failureShare}
        />
        <button type="submit" className="primary" disabled={isPending}>
          Answer so
        </button>
      </form>
      {isSuccess && <p role="status">From now on</p>}
      {error !== null && <ProblemNotice error={error} />}
    </Panel>
  );
}

function Arrivals(address: EndpointAddress) {
  const { arrivals, error } = useArrivals(address);
  return (
    <Panel title="What came">
      {error !== undefined && <ProblemNotice error={error} />}
      {arrivals === undefined && error === undefined && <Loading />}
      {arrivals?.length === 0 && (
        <Nothing title="Nothing yet">What comes from now on is shown here as it does.</Nothing>
      )}
      {arrivals !== undefined && arrivals.length > 0 && (
        <ol className="timeline">
          {arrivals.map((arrival) => (
            <ArrivalItem key={arrival.id} arrival={arrival} />
          ))}
        </ol>
      )}
    </Panel>
  );
}

function ArrivalItem({ arrival }: { readonly arrival: ArrivalOut }) {
  const { id, at, headers, body, verified } = arrival;
  return (
    <li>
      <details>
        <summary>
          <ArrivalState arrival={arrival} />
          <Badge tone={verified ? "good" : "bad"}>{verified ? "verified" : "not verified"}</Badge>
          <Instant at={at} />
        </summary>
        <div className="columns">
          <div>
            <h3>Headers</h3>
            <Facts
              facts={headers.map(({ name, value }) => ({
                name: visible(name),
                value: <bdi>{visible(value)}</bdi>,
              }))}
            />
          </div>
          <div>
            <h3>Body</h3>
            <TextBlock label={`Body of ${id}`} text={body} />
          </div>
        </div>
      </details>
    </li>
  );
}

function ArrivalState({ arrival: { state, status, afterMs } }: { readonly arrival: ArrivalOut }) {
  switch (state) {
    case "waiting":
      return <Badge tone="busy">waits for its answer</Badge>;
    case "late":
      return <Badge tone="bad">no answer in time</Badge>;
    case "unheard":
      return <Badge tone="bad">{status}, nobody listens</Badge>;
    case "answered":
      return (
        <>
          <Badge tone={status !== null && status < 300 ? "good" : "bad"}>{status}</Badge>
          <span className="faint">{durationOf(afterMs ?? 0)}</span>
        </>
      );
  }
}
