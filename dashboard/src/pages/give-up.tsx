import { useQuery } from "@tanstack/react-query";
import { type FocusEvent, useState } from "react";
import { useApi } from "../api/api-context.ts";
import { path } from "../api/client.ts";
import { countOfWaiting, type EndpointAddress } from "../api/resources.ts";
import { ActionButton } from "../components/action-button.tsx";
import { LabelledInput } from "../components/labelled-input.tsx";
import { ProblemNotice } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";
import { bodyOf, everything, filterOf, queryOf } from "./message-filter.ts";
import { TaskWatch } from "./task-watch.tsx";

/** Giving up what waits for an endpoint by a filter: how much that is before, and how far it has come after. */
export function GiveUp(address: EndpointAddress) {
  const [filter, setFilter] = useState(everything);
  const [task, setTask] = useState<string>();
  const api = useApi();
  const waiting = useQuery(countOfWaiting(api, address, queryOf(filter)));
  /** Counted when a field is left, or with Enter: not for each letter. */
  const onBlur = ({ currentTarget: { form } }: FocusEvent<HTMLInputElement>) => {
    if (form !== null) setFilter(filterOf(form));
  };
  const begin = async () => {
    const { application, endpoint } = address;
    const url = path`/api/v1/app/${application}/endpoint/${endpoint}/queue/cancel-matching`;
    const { id } = await api.post<{ readonly id: string }>(url, bodyOf(filter));
    setTask(id);
  };
  return (
    <Panel title="Give up what waits">
      <form
        className="filter"
        onSubmit={(event) => {
          event.preventDefault();
          setFilter(filterOf(event.currentTarget));
        }}
      >
        <LabelledInput
          label="Waits of event type"
          name="eventType"
          placeholder="all"
          onBlur={onBlur}
        />
        <LabelledInput label="Of channel" name="channel" placeholder="all" onBlur={onBlur} />
        <LabelledInput label="With tag" name="tag" placeholder="any" onBlur={onBlur} />
        <LabelledInput label="Waits since" name="since" type="datetime-local" onBlur={onBlur} />
        <LabelledInput label="Accepted before" name="until" type="datetime-local" onBlur={onBlur} />
        <button type="submit">Count</button>
      </form>
      {waiting.error !== null && <ProblemNotice error={waiting.error} />}
      {waiting.data !== undefined && (
        <p className="faint" role="status">
          {countText(waiting.data.messages)}
        </p>
      )}
      <ActionButton
        label="Give these up"
        isDangerous
        question={
          <p>
            {countText(waiting.data?.messages ?? null)} They are given up, and can be recovered
            later. What is being sent is not tried again; all else goes on.
          </p>
        }
        act={begin}
        done="begun"
      />
      {task !== undefined && <TaskWatch id={task} />}
    </Panel>
  );
}

function countText(messages: number | null): string {
  if (messages === null) return "More messages wait than are counted.";
  return `${messages.toLocaleString("en")} messages wait and match.`;
}
